-- When a resource can be booked: the week as it usually is, and the days that are different.
begin;
set local role berth_owner;

create table booking.opening_hours (
  tenant_id   uuid not null references booking.tenants (id),
  id          uuid not null default gen_random_uuid(),
  kind        text check (length(kind) <= 50),
  resource_id uuid,
  weekday     integer not null check (weekday between 1 and 7),
  opens       time not null,
  closes      time not null,
  valid_from  date check (valid_from between '0001-01-01' and '9999-12-31'),
  valid_to    date check (valid_to between '0001-01-01' and '9999-12-31'),
  primary key (tenant_id, id),
  foreign key (tenant_id, resource_id) references booking.resources (tenant_id, id) on delete cascade,
  constraint kind_or_resource_id check (kind is null or resource_id is null),
  constraint opens_on_its_day check (opens < '24:00'),
  constraint valid_from_and_valid_to check (valid_from <= valid_to)
);
create index opening_hours_by_resource on booking.opening_hours (tenant_id, resource_id, weekday);

comment on table booking.opening_hours is
  'The usual week of the tenant (kind and resource_id null), of a kind of resource, or of one resource, by its wall '
  'clock; the most specific of these that has any rows is the one that counts. No rows at all: always open.';
comment on column booking.opening_hours.weekday is 'ISO: 1 is Monday, 7 is Sunday.';
comment on column booking.opening_hours.closes is
  'Earlier than opens, or the same: the next day. 24:00 is midnight at the end of the day.';
comment on column booking.opening_hours.valid_from is 'The first day it is so; null for ever before.';
comment on column booking.opening_hours.valid_to is 'The last day it is so; null for ever after.';

create view api.opening_hours with (security_invoker = true) as
select * -- managers write rows of the table through it
  from booking.opening_hours;
comment on view api.opening_hours is
  'The usual week: several rows a weekday where it has several stretches. Everybody reads; managers also insert, '
  'update and delete here. Reservations that a change leaves outside stay: reservations_outside_hours lists them.';

create table booking.opening_exceptions (
  tenant_id   uuid not null references booking.tenants (id),
  id          uuid not null default gen_random_uuid(),
  kind        text check (length(kind) <= 50),
  resource_id uuid,
  date        date not null check (date between '0001-01-01' and '9999-12-31'),
  is_closed   boolean not null default false,
  opens       time,
  closes      time,
  reason      text not null default '' check (length(reason) <= 1000),
  primary key (tenant_id, id),
  foreign key (tenant_id, resource_id) references booking.resources (tenant_id, id) on delete cascade,
  constraint kind_or_resource_id check (kind is null or resource_id is null),
  constraint opens_on_its_day check (opens < '24:00'),
  constraint is_closed_or_opens_and_closes check (is_closed = (opens is null) and is_closed = (closes is null))
);
create index opening_exceptions_by_resource on booking.opening_exceptions (tenant_id, resource_id, date);

comment on table booking.opening_exceptions is
  'A date on which the usual week does not count: closed, or other hours, in as many rows as it has stretches. Of the '
  'resource, its kind and the tenant, the most specific that has any for the date is the one that counts.';
comment on column booking.opening_exceptions.date is
  'By the wall clock of the resource. A stretch past midnight belongs to the day it begins on.';
comment on column booking.opening_exceptions.closes is 'Earlier than opens, or the same: the next day.';

create view api.opening_exceptions with (security_invoker = true) as
select * -- managers write rows of the table through it
  from booking.opening_exceptions;
comment on view api.opening_exceptions is
  'Dates on which the usual week does not count: holidays, a late night. Everybody reads; managers also insert, '
  'update and delete here.';

commit;

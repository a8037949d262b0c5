-- Where the log is written: transaction ids, by which it is ordered, begin again in another cluster.
begin;
set local role berth_owner;

-- A sequence, because it is read with every event and takes no query; pg_dump brings it along.
create sequence booking.log_offset as bigint minvalue 0 start 0 no cycle;
select setval('booking.log_offset', 0);
grant select on sequence booking.log_offset to authenticated, service_role, berth_gateway;

comment on sequence booking.log_offset is
  'What is added to a transaction''s id to give its place in the log; set by rebase_log() alone, never taken from with nextval().';

create table booking.log_homes (
  began_at          timestamptz primary key default clock_timestamp(),
  system_identifier bigint not null,
  timeline_id       integer not null,
  log_offset        bigint not null
);
comment on table booking.log_homes is
  'The clusters and timelines that the log was written in, the present one last: another one after a restore, a recovery to a point in time or a failover.';

insert into booking.log_homes (system_identifier, timeline_id, log_offset)
select s.system_identifier, c.timeline_id, 0
  from pg_control_system() s, pg_control_checkpoint() c;

commit;

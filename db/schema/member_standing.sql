-- How members have kept what they booked.
begin;
set local role berth_owner;

create view api.member_standing with (security_invoker = true) as
select r.tenant_id, r.owner_id as user_id,
       count(*) filter (where r.status = 'no_show') as no_shows,
       count(*) filter (where r.is_late) as late_cancellations
  from booking.reservations r
 where r.status = 'no_show' or r.is_late
 group by r.tenant_id, r.owner_id;
comment on view api.member_standing is
  'How often a member did not come, or was given back a reservation after its cancel_cutoff. One''s own; all of the '
  'tenant''s for approvers and above. Who is not listed never did.';

create trigger _100_refuse_write
  instead of insert or update or delete on api.member_standing
  for each row execute function booking.refuse_write();

grant select on api.member_standing to authenticated, service_role;

commit;

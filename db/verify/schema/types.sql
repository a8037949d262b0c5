begin;

select 'booking.member_role'::regtype;
select 'booking.reservation_status'::regtype;
select 'booking.waitlist_status'::regtype;
select 'booking.request'::regtype;
select 'booking.placement'::regtype;
select 'booking.due_change'::regtype;

rollback;

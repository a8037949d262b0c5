begin;

select 'booking.members'::regclass;

rollback;

begin;

select 'booking.reservation_transitions'::regclass;
select 'api.reservation_transitions'::regclass;

rollback;

begin;

select 'booking.reservations'::regclass;
select 'api.reservations'::regclass;

rollback;

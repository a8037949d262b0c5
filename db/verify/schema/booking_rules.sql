begin;

select 'booking.booking_rules'::regclass;
select 'api.booking_rules'::regclass;

rollback;

begin;

select 'booking.log_homes'::regclass, 'booking.log_offset'::regclass;

rollback;

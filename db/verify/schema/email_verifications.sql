begin;

select 'booking.email_verifications'::regclass;

rollback;

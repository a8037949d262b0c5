begin;

select 'booking.begin_request(text, record, booking.member_role, text, boolean, text)'::regprocedure;

rollback;

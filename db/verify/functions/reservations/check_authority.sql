begin;

select 'booking.check_authority(booking.request, booking.reservations, booking.member_role)'::regprocedure;

rollback;

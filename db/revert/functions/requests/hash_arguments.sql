begin;

drop function booking.hash_arguments(record);

commit;

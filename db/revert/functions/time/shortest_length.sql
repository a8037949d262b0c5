begin;

drop function booking.shortest_length(interval);

commit;

begin;

drop trigger _900_end_deliveries on booking.webhook_endpoints;
drop function booking.end_deliveries();

commit;

begin;

drop view api.webhook_endpoints;
drop table booking.webhook_endpoints;

commit;

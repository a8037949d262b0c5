begin;

drop view api.members;

commit;

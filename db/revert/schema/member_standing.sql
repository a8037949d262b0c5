begin;

drop view api.member_standing;

commit;

mock_provider "aws" {
  source = "../../mocks"
}

mock_provider "aws" {
  alias  = "elsewhere"
  source = "../../mocks"
}

variables {
  name         = "raally-test"
  resources    = ["arn:aws:rds:us-west-2:123456789012:db:raally-test"]
  audit_bucket = "raally-test-audit-heads"
}

run "every_day_and_a_copy_elsewhere" {
  command = plan

  assert {
    condition     = one(aws_backup_plan.daily.rule).schedule == "cron(0 7 * * ? *)" && length(one(aws_backup_plan.daily.rule).copy_action) == 1
    error_message = "There is no backup every day, or no copy in another region."
  }

  assert {
    condition     = one(aws_backup_plan.daily.rule).lifecycle[0].delete_after == 35 && one(one(aws_backup_plan.daily.rule).copy_action).lifecycle[0].delete_after == 35
    error_message = "A backup is not kept for as long as was asked."
  }

  assert {
    condition     = !aws_backup_vault.here.force_destroy && !aws_backup_vault.elsewhere.force_destroy
    error_message = "Backups can be deleted with their vault."
  }
}

run "audit_heads_cannot_be_taken_back" {
  command = plan

  assert {
    condition = (
      aws_s3_bucket.audit.object_lock_enabled && aws_s3_bucket_object_lock_configuration.audit.rule[0].default_retention[0].mode == "COMPLIANCE" &&
      aws_s3_bucket_object_lock_configuration.audit.rule[0].default_retention[0].years == 1
    )
    error_message = "Somebody can delete an audit head."
  }

  assert {
    condition = (
      aws_s3_bucket_public_access_block.audit.block_public_acls && aws_s3_bucket_public_access_block.audit.block_public_policy &&
      aws_s3_bucket_public_access_block.audit.ignore_public_acls && aws_s3_bucket_public_access_block.audit.restrict_public_buckets
    )
    error_message = "The bucket can become public."
  }
}

run "nothing_to_back_up_is_refused" {
  command = plan

  variables {
    resources = []
  }

  expect_failures = [var.resources]
}

run "backups_of_a_day_are_refused" {
  command = plan

  variables {
    kept_days = { here = 1, elsewhere = 35 }
  }

  expect_failures = [var.kept_days]
}

run "a_name_that_is_no_buckets_is_refused" {
  command = plan

  variables {
    audit_bucket = "Audit_Heads"
  }

  expect_failures = [var.audit_bucket]
}

run "a_lock_of_no_time_is_refused" {
  command = plan

  variables {
    audit_years = 0
  }

  expect_failures = [var.audit_years]
}

mock_provider "aws" {
  source = "../mocks"
}

variables {
  environment = "production"
  bucket      = "raally-test-state"
  repository  = "example/raally"
  owner       = "operations"
  cost_center = "raally"
}

run "the_state_is_closed_and_kept" {
  command = plan

  assert {
    condition     = aws_s3_bucket_versioning.state.versioning_configuration[0].status == "Enabled" && aws_s3_bucket_public_access_block.state.restrict_public_buckets
    error_message = "A state that was overwritten is lost, or the bucket can become public."
  }
}

run "a_job_has_rights_by_its_token_alone" {
  command = plan

  assert {
    condition = alltrue(flatten([
      for document in data.aws_iam_policy_document.assume : [for condition in document.statement[0].condition : condition.test == "StringEquals" && !anytrue([for value in condition.values : strcontains(value, "*")])]
    ]))
    error_message = "Jobs of other repositories can take a role."
  }

  assert {
    condition = anytrue([
      for condition in data.aws_iam_policy_document.assume["apply"].statement[0].condition : condition.values == tolist(["repo:example/raally:environment:production"])
    ])
    error_message = "Somebody applies to production without its reviewers."
  }

  assert {
    condition     = anytrue([for statement in data.aws_iam_policy_document.apply.statement : statement.effect == "Deny" && endswith(one(statement.resources), "role/raally-production-pipeline-*")])
    error_message = "The pipeline can give itself rights."
  }
}

run "a_star_for_a_repository_is_refused" {
  command = plan

  variables {
    repository = "example/*"
  }

  expect_failures = [var.repository]
}

run "another_environment_is_refused" {
  command = plan

  variables {
    environment = "test"
  }

  expect_failures = [var.environment]
}

run "a_name_that_is_no_buckets_is_refused" {
  command = plan

  variables {
    bucket = "Raally State"
  }

  expect_failures = [var.bucket]
}

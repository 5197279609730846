mock_provider "aws" {
  source = "../../mocks"
}

variables {
  key_name = "raally-test-images"
}

run "tags_stay_and_images_are_scanned" {
  command = plan

  assert {
    condition     = toset(keys(aws_ecr_repository.this)) == toset(["raally/backend", "raally/frontend"])
    error_message = "There are other repositories than k8s/overlays names."
  }

  assert {
    condition = alltrue([
      for repository in aws_ecr_repository.this :
      repository.image_tag_mutability == "IMMUTABLE" && repository.image_scanning_configuration[0].scan_on_push && repository.encryption_configuration[0].encryption_type == "KMS"
    ])
    error_message = "A tag can be moved, an image is not scanned, or is not encrypted by a key of ours."
  }

  assert {
    condition     = length(aws_ecr_lifecycle_policy.this) == 2 && alltrue([for policy in aws_ecr_lifecycle_policy.this : length(jsondecode(policy.policy).rules) == 2])
    error_message = "Old images stay for ever."
  }

  assert {
    condition     = length(aws_ecr_repository_policy.pull) == 0
    error_message = "Another account may pull without having been named."
  }
}

run "an_account_that_was_named_may_pull_and_nothing_else" {
  command = plan

  variables {
    pulling_accounts = ["210987654321"]
  }

  assert {
    condition = (
      data.aws_iam_policy_document.pull[0].statement[0].actions == toset(["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]) &&
      one(data.aws_iam_policy_document.pull[0].statement[0].principals).identifiers == toset(["arn:aws:iam::210987654321:root"])
    )
    error_message = "Another account may more than pull, or others may as well."
  }
}

run "everybody_is_refused" {
  command = plan

  variables {
    pulling_accounts = ["*"]
  }

  expect_failures = [var.pulling_accounts]
}

run "a_name_that_is_none_is_refused" {
  command = plan

  variables {
    repositories = ["Raally/Backend"]
  }

  expect_failures = [var.repositories]
}

run "too_few_to_roll_back_to_are_refused" {
  command = plan

  variables {
    kept = 1
  }

  expect_failures = [var.kept]
}

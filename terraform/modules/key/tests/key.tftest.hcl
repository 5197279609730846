mock_provider "aws" {
  source = "../../mocks"
}

variables {
  name = "raally-test-key"
}

run "a_key_is_renewed_and_kept_for_a_while_after_deletion" {
  command = plan

  assert {
    condition     = aws_kms_key.this.enable_key_rotation && aws_kms_key.this.deletion_window_in_days == 30
    error_message = "The key is not renewed every year, or gone at once when it is deleted."
  }

  assert {
    condition     = length(data.aws_iam_policy_document.key.statement) == 1
    error_message = "Somebody other than the account may use a key that was made for nobody."
  }
}

run "everybody_is_only_whoever_comes_from_this_account_through_a_service" {
  command = plan

  variables {
    services = ["logs.us-west-2.amazonaws.com"]
    through  = ["ec2.us-west-2.amazonaws.com"]
  }

  assert {
    condition = alltrue(flatten([
      for statement in data.aws_iam_policy_document.key.statement : [
        for principal in statement.principals : length(statement.condition) > 0 if principal.type == "Service" || contains(principal.identifiers, "*")
      ]
    ]))
    error_message = "A service or everybody may use the key without a condition."
  }

  assert {
    condition = anytrue([
      for statement in data.aws_iam_policy_document.key.statement : contains(flatten([for condition in statement.condition : condition.variable]), "kms:CallerAccount")
    ])
    error_message = "Nothing binds those who come through a service to this account."
  }
}

run "a_name_that_is_no_alias_is_refused" {
  command = plan

  variables {
    name = "Raally Key"
  }

  expect_failures = [var.name]
}

run "a_key_that_is_gone_at_once_is_refused" {
  command = plan

  variables {
    deletion_days = 1
  }

  expect_failures = [var.deletion_days]
}

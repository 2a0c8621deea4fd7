# 15 calls for account 123456789012 (acme-prod); these lines do not check the account
# fingerprint sha256:7f42c21e1fff323f16c725c2e10481cecf9b74c4fbbdbd810b4005ae518c1195
# AWS CLI 2 shows answers in a pager, which swallows what is pasted after it: export AWS_PAGER=''
# apply would refuse this plan: boundary: user/alice: its boundary b would come off because the spec has no line for it
# apply would refuse this plan: policy/moved is blocked: IAM cannot move a policy from /old/ to /new/: write path: /old/
# apply would refuse this plan: protected: user/mallory: is protected \x1b[31mred\x07 | `code` ``` <img src=x> @octocat #1 \u202e\x9b

# lock-out
# user/mallory
aws iam delete-access-key --user-name mallory --access-key-id AKIAIOSFODNN7EXAMPLE
aws iam delete-access-key --user-name mallory --access-key-id AKIAI44QH8DHBEXAMPLE
aws iam delete-login-profile --user-name mallory

# rename
# user/alice
aws iam update-user --user-name alice.smith --new-user-name alice --new-path /b/

# create
# policy/describe
aws iam create-policy --policy-name describe --path / --policy-document '{"Version":"2012-10-17","Statement":[]}' --description 'Looks; touches nothing' --tags Key=owner,Value=platform
# group/developers
aws iam create-group --group-name developers --path /

# update
# policy/deploy-artifacts
aws iam delete-policy-version --policy-arn arn:aws:iam::123456789012:policy/deploy-artifacts --version-id v3
aws iam create-policy-version --policy-arn arn:aws:iam::123456789012:policy/deploy-artifacts --policy-document '{"Statement":[{"Sid":"it'"'"'s"}]}' --set-as-default
# user/alice
aws iam untag-user --user-name alice --tag-keys old
aws iam tag-user --user-name alice --tags $'[{"Key": "team", "Value": "\\u001b[31mred\\u0007 | `code` ``` <img src=x> @octocat \x231 \xe2\x80\xae\xc2\x9b"}]'
aws iam put-user-permissions-boundary --user-name alice --permissions-boundary arn:aws:iam::123456789012:policy/developer-boundary

# grant
# group/developers
aws iam attach-group-policy --group-name developers --policy-arn arn:aws:iam::123456789012:policy/deploy-artifacts
# user/alice
aws iam add-user-to-group --group-name admins --user-name alice

# revoke
# user/alice
aws iam detach-user-policy --user-name alice --policy-arn arn:aws:iam::aws:policy/ReadOnlyAccess

# delete
# user/mallory
aws iam delete-user --user-name mallory

package names_test

import (
	"testing"

	"github.com/spectap/spectap/flow/redact/names"
)

func TestSensitivityOf(t *testing.T) {
	for want, list := range map[names.Sensitivity][]string{
		names.Secret: {"password", "Password", "user[password]", "newPassword", "password_confirmation", "passwd",
			"pwd", "passphrase", "token", "access_token", "accessToken", "AccessToken", "refresh-token", "id_token",
			"authToken", "authtoken", "csrf_token", "CSRFToken", "api_key", "apiKey", "APIKey", "x-api-key",
			"X-API-KEY", "apikey", "appKey", "secret", "client_secret", "clientSecret", "aws_secret_access_key",
			"private_key", "privateKey", "signing_key", "secret_key_base", "session_id", "sessionId", "PHPSESSID",
			"JSESSIONID", "cookie", "cookies", "credentials", "credential", "otp", "totp", "pin", "cvv", "cvc",
			"authorization", "jwt", "dbPassword", "dbpassword", "userpassword", "password2", "token_hash", "secrets",
			"tokens", "bot_token", "x.auth.token", "code_verifier", "client_assertion", "ssh_private_key",
			"security_code", "backupCodes", "device_code", "seed_phrase", "pw", "otp_code", "one_time_code",
			"auth_code", "otpCode", "smscode", "verificationcode", "onetimecode", "two_factor_code", "TwoFactorCode",
			"mfa_code", "scratch_codes", "pin_number", "pinCode", "cvvCode", "cvv2", "card_verification_value",
			"card_verification_number", "security_answer", "securityAnswers", "secret_question_answer",
			"unlock_pattern", "gift_card_code", "preSharedKey",
			"contraseña", "mi_contraseña", "пароль", "パスワード"},
		names.OneTime: {"2fa", "mfa", "two_factor", "tan", "photoTan", "smstan", "user_code", "invite_code"},
		names.Identifier: {"id", "user_id", "userId", "uuid", "sha", "sha256", "md5", "hash", "etag", "digest",
			"checksum", "cursor", "fingerprint", "page_token", "nextPageToken", "next_token", "continuationToken",
			"max_tokens", "total_tokens", "idempotency_key", "Idempotency-Key", "sort_key",
			"public_key", "node_id", "commit", "revision", "ids"},
		names.Weak: {"key", "code", "country_code", "status_code", "time_code", "qr_code", "auth", "state",
			"signature", "sid", "nonce"},
		names.Personal: {"ssn", "cpf", "iban", "passport_number", "card_number", "national_id", "taxId",
			"account_number"},
		names.Plain: {"name", "title", "author", "tokenizer", "token_type", "tokenType", "secret_name",
			"secretName", "password_policy", "has_password_set", "passwordExpiresAt", "keyboard", "monkey",
			"keys_count", "primaryColor", "pinned", "description", "url", "html_url", "author_association", "passive",
			"compass", "encode", "authored_by", "cookie_policy_url", "cookieDomain", "", "a", "class", "number",
			"phone_number", "serial_no", "session_count", "hotkey", "translation_key", "answer", "quick_answer",
			"question", "security_question", "pattern", "factor", "scale_factor", "email_verification", "timecode",
			"zipcode", "keycode",
			"barcode", "titan", "größe", "secretary", "tokenized_at"},
	} {
		for _, n := range list {
			if got := names.SensitivityOf(n); got != want {
				t.Errorf("SensitivityOf(%q) = %d, want %d", n, got, want)
			}
		}
	}
}

func BenchmarkSensitivityOf(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		names.SensitivityOf("created_at")
		names.SensitivityOf("accessToken")
	}
}

package redact_test

import (
	"testing"

	"github.com/spectap/spectap/flow/redact"
)

func TestSensitivityOf(t *testing.T) {
	for want, names := range map[redact.Sensitivity][]string{
		redact.Secret: {"password", "Password", "user[password]", "newPassword", "password_confirmation", "passwd",
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
		redact.OneTime: {"2fa", "mfa", "two_factor", "tan", "photoTan", "smstan", "user_code", "invite_code"},
		redact.Identifier: {"id", "user_id", "userId", "uuid", "sha", "sha256", "md5", "hash", "etag", "digest",
			"checksum", "cursor", "fingerprint", "page_token", "nextPageToken", "next_token", "continuationToken",
			"max_tokens", "total_tokens", "idempotency_key", "Idempotency-Key", "sort_key",
			"public_key", "node_id", "commit", "revision", "ids"},
		redact.Weak: {"key", "code", "country_code", "status_code", "time_code", "qr_code", "auth", "state",
			"signature", "sid", "nonce"},
		redact.Personal: {"ssn", "cpf", "iban", "passport_number", "card_number", "national_id", "taxId",
			"account_number"},
		redact.Plain: {"name", "title", "author", "tokenizer", "token_type", "tokenType", "secret_name",
			"secretName", "password_policy", "has_password_set", "passwordExpiresAt", "keyboard", "monkey",
			"keys_count", "primaryColor", "pinned", "description", "url", "html_url", "author_association", "passive",
			"compass", "encode", "authored_by", "cookie_policy_url", "cookieDomain", "", "a", "class", "number",
			"phone_number", "serial_no", "session_count", "hotkey", "translation_key", "answer", "quick_answer",
			"question", "security_question", "pattern", "factor", "scale_factor", "email_verification", "timecode",
			"zipcode", "keycode",
			"barcode", "titan", "größe", "secretary", "tokenized_at"},
	} {
		for _, n := range names {
			if got := redact.SensitivityOf(n); got != want {
				t.Errorf("SensitivityOf(%q) = %d, want %d", n, got, want)
			}
		}
	}
}

func TestOneTimeCodes(t *testing.T) {
	for value, want := range map[string]bool{
		"4829": true, "482913": true, "482 913": true, "123-456": true, "A1B2C3": true, "WDJB-MJHT": true,
		"0048291375": true,
		"":           false, "true": false, "sms": false, "totp": false, "enabled": false, "0.5": false, "12": false,
		"two words here": false, "app only": false,
		"[redacted:secret:0123456789]": false, "12345678901": false,
	} {
		if got := redact.IsSensitive("mfa", value); got != want {
			t.Errorf("mfa %q: %v, want %v", value, got, want)
		}
	}
	for in, want := range map[string]bool{`{"2fa":482913}`: true, `{"2fa":true}`: false, `{"2fa":1}`: false,
		`{"tan":0.25}`: false, `{"mfa":{"code":"x"}}`: false} {
		if got := string(red.JSON([]byte(in))) != in; got != want {
			t.Errorf("%s: changed %v, want %v", in, got, want)
		}
	}
}

func BenchmarkSensitivityOf(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		redact.SensitivityOf("created_at")
		redact.SensitivityOf("accessToken")
	}
}

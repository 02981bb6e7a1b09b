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
			"contraseña", "mi_contraseña", "пароль", "パスワード",
			"swipe_pattern", "lock_pattern", "card_verification", "SAMLResponse", "mot_de_passe", "palavra_passe", "clave_acceso", "claveUsuario", "PresharedKey", "pass_word", "pin_block",
			"p_ssword", "p@ssword", "totp_seed", "wallet_seed", "mfa_seed", "authenticator_seed", "two_factor_seed",
			"mother_maiden_name", "snmp_community", "ro_community", "rw_community", "community_string", "track2_data",
			"recovery_phrase", "pass_phrase", "secret_phrase", "connect.sid", "sess_id", "hub_signature", "amz_signature",
			"stripe_signature", "url_signature", "refreshTokenV2", "token_v12", "key_pin_3", "gift_card_code",
			"question_answer_secret", "recovery_answer", "reset_answer", "secret_question_answer", "aes_key", "unseal_key",
			"wifi_key", "pragma_key", "masterauth", "db.userpass", "the_value_of_my_own_api_key", "secret[0]", "password[]", "tokens[12]",
			"recoverycode", "abcdefghijklmnopqrstuvwxyz_password"},
		names.OneTime: {"second_factor", "2_factor", "twofactor", "promo_code", "referral_code", "pushtan", "2fa", "mfa", "two_factor", "tan", "photoTan", "smstan", "user_code", "invite_code"},
		names.Identifier: {"connect_id", "security_id", "prevPageToken", "synctoken", "cache_key", "partition_key", "someuuid", "filehash", "prompt_tokens", "trace", "kid",
			"id", "user_id", "userId", "uuid", "sha", "sha256", "md5", "hash", "etag", "digest",
			"checksum", "cursor", "fingerprint", "page_token", "nextPageToken", "next_token", "continuationToken",
			"max_tokens", "total_tokens", "idempotency_key", "Idempotency-Key", "sort_key",
			"public_key", "node_id", "commit", "revision", "ids"},
		names.Weak: {"hmac", "server_signature", "client_key_data", "host_key", "account_key", "user_key", "client_sid", "card_code", "ticket", "license",
			"key", "code", "country_code", "status_code", "time_code", "qr_code", "auth", "state",
			"signature", "sid", "nonce"},
		names.Personal: {"social_security_id", "insurance_number", "citizen_no", "iban_number", "ssn_nr", "national_num", "personnummer", "cardnumber",
			"ssn", "cpf", "iban", "passport_number", "card_number", "national_id", "taxId",
			"account_number"},
		names.Plain: {"name", "title", "author", "tokenizer", "token_type", "tokenType", "secret_name",
			"secretName", "password_policy", "has_password_set", "passwordExpiresAt", "keyboard", "monkey",
			"keys_count", "primaryColor", "pinned", "description", "url", "html_url", "author_association", "passive",
			"compass", "encode", "authored_by", "cookie_policy_url", "cookieDomain", "", "a", "class", "number",
			"phone_number", "serial_no", "session_count", "hotkey", "translation_key", "answer", "quick_answer",
			"question", "security_question", "pattern", "factor", "scale_factor", "email_verification", "timecode",
			"zipcode", "keycode",
			"barcode", "titan", "größe", "secretary", "tokenized_at",
			"catch_phrase", "color_pattern", "human_factor", "phone_verification", "api_response", "key_word", "city_block",
			"random_seed", "last_name", "online_community", "meta_data", "ssh_host_key", "x", "artan", "sultan", "tan_x",
			"first_name", "house_number", "pass_rate", "2", "v2", "secret_v", "token_1234",
			"passwords_of_all_the_people_that_ever_lived_in_this_town_and_of_those_that_never_did_and_of_all_those_who_only_came_to_see_it_token"},
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

// TestBelowNames classifies names that stand below the name of a secret.
func TestBelowNames(t *testing.T) {
	for name, want := range map[string]names.Sensitivity{
		"x[hash]": names.Identifier, "x[password]": names.Secret, "[password]": names.Secret, "x[]": names.Plain,
		"password[x]": names.Below, "password[plain]": names.Secret, "password[current]": names.Secret, "password[value]": names.Secret,
		"password[type]": names.Plain, "password[length]": names.Plain, "password[id]": names.Identifier, "password[pin]": names.Secret,
		"password[0]": names.Secret, "password[0][x]": names.Below, "user[name]": names.Plain, "user[0]": names.Plain,
		"card[number]": names.Personal, "verification[code]": names.OneTime, "api[key]": names.Secret, "color[code]": names.Weak,
		"security[answer]": names.Secret, "quick[answer]": names.Plain,
	} {
		if got := names.SensitivityOf(name); got != want {
			t.Errorf("SensitivityOf(%q) = %d, want %d", name, got, want)
		}
	}
}

// TestPairRoles names the members that hold a name, and those that hold its value.
func TestPairRoles(t *testing.T) {
	for want, list := range map[names.PairRole][]string{
		names.NamesRole:  {"name", "key", "field", "parameterKey", "input_name", "k", "n", "selector", "KEY"},
		names.TypesRole:  {"type", "kind", "format", "id"},
		names.PathRole:   {"path", "loc", "pointer"},
		names.ValueRole:  {"value", "val", "v", "vals", "new_value", "parameterValue", "input_value"},
		names.ChangeRole: {"old", "new", "from", "answer", "default", "example"},
		names.TextRole:   {"text", "content"},
		names.NoRole: {"", "names", "tokey", "minValue", "max_value", "dValue", "surname", "aVeryLongMemberOfSomethingKey",
			"lookup", "xName1"},
	} {
		for _, name := range list {
			if got := names.PairRoleOf(name); got != want {
				t.Errorf("PairRoleOf(%q) = %d, want %d", name, got, want)
			}
		}
	}
}

// TestNextSegment classifies the segments of paths after those of a name.
func TestNextSegment(t *testing.T) {
	for before, want := range map[string]names.Sensitivity{
		"token": names.Secret, "password": names.Secret, "tokens": names.Weak, "invite": names.Weak, "magic-link": names.Weak,
		"reset": names.Weak, "users": names.Plain, "password-policy": names.Weak, "to": names.Plain, "pin": names.Secret,
	} {
		if got := names.OfNextSegment(before); got != want {
			t.Errorf("OfNextSegment(%q) = %d, want %d", before, got, want)
		}
	}
	for _, tt := range []struct {
		before, segment string
		literal         bool
	}{
		{"token", "refresh", true}, {"token", "{id}", true}, {"token", "", true}, {"token", "12345", true}, {"password", "12345", false},
		{"password", "12", true}, {"token", "v2", true}, {"token", "v2000", false}, {"token", "policy", true}, {"token", "refreshAll", true},
		{"password", "swordfish", false}, {"token", "abc1", false}, {"token", "user-status", true}, {"token", "a%20b", false},
		{"token", "cus_A1b2C3d4", true},
	} {
		if got := names.IsPathLiteral(tt.before, tt.segment); got != tt.literal {
			t.Errorf("IsPathLiteral(%q, %q) = %v", tt.before, tt.segment, got)
		}
	}
}

// TestOneTimeCodes tells codes that people type from other values.
func TestOneTimeCodes(t *testing.T) {
	for _, v := range []string{"1234", "0123456789", "a1b2", "482 913", "1234-5678", "WDJB-MJHT", "12-34", "AB-123456789"} {
		if !names.IsOneTimeCode(v) {
			t.Errorf("%q is no code", v)
		}
	}
	for _, v := range []string{"123", "01234567890", "abcd", "a1-b", "1-2345", "12-3", "wdjb-mjht", "1234-567890123", "12_34", "AB--CD"} {
		if names.IsOneTimeCode(v) {
			t.Errorf("%q is a code", v)
		}
	}
}

// TestChangesSecret recognizes records of a changed password.
func TestChangesSecret(t *testing.T) {
	for _, tt := range []struct {
		member, value string
		changes       bool
	}{
		{"action", "change_password", true}, {"type", "password.changed", true}, {"event", "UpdatePassword", true}, {"cmd", "passwd", true},
		{"op", "chpasswd", true}, {"method", "set pin code", false}, {"operation", "renew-passphrase", true}, {"kind", "reset_pin", true},
		{"action", "change_color", false}, {"name", "change_password", false}, {"action", "password", false},
		{"action", "please change the password", false}, {"action", " change_password", false}, {"action", "change password", false},
		{"action", "passwd", true}, {"action", "chpasswdx", false}, {"action", "reset", false},
		{"action", "in_the_group_of_account_change_passwords", true}, {"action", "in_the_group_of_accounts_change_passwords", false},
	} {
		if got := names.ChangesSecret(tt.member, tt.value); got != tt.changes {
			t.Errorf("ChangesSecret(%q, %q) = %v", tt.member, tt.value, got)
		}
	}
}

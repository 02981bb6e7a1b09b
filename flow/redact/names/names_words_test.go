package names_test

import (
	"strings"
	"testing"

	"github.com/spectap/spectap/flow/redact/names"
)

// TestWordsDecide checks words that decide what a name is: with another word in its place, or with
// the last letter of the word written twice, the name says something else.
func TestWordsDecide(t *testing.T) {
	for want, list := range map[names.Sensitivity]string{
		names.Secret: `xsrf pswd pword contrasena haslo losenord passord salasana heslo lozinka jelszo upin dockercfg
			track1_data password_confirmed password_hashed password_actual password_nueva password_nuevo password_nouveau
			password_ancien password_confirmacao password_confirmacion password_repeticao password_wiederholung
			password_bestaetigung encryption_key functions_key consumer_key developer_key integration_key ingest_key
			ingestion_key biometric_key signingkey adminpass smtppass mailpass ftppass sqlpass proxypass masterpass userpw
			adminpw emergencyCode challengeCode redemptionCode redeemCode giftcardCode alarmCode keypadCode hotpCode cvc2
			סיסמה jelszó parolă รหัสผ่าน`,
		names.Identifier: `thumbprint oid previous_token pagination_token resume_token design_token completion_token
			cached_token reasoning_token foreign_key`,
		names.OneTime:  `tfa invitationCode mobileCode whatsappCode couponCode voucherCode licenceCode discountCode`,
		names.Weak:     `clave`,
		names.Personal: `cnpj pesel bsn aadhaar nir hetu`,
	} {
		for name := range strings.FieldsSeq(list) {
			if got := names.SensitivityOf(name); got != want {
				t.Errorf("%s: %d, want %d", name, got, want)
			}
			other := ""
			for _, part := range []string{"password_", "_key", "_token", "Code", "_data"} {
				if rest := strings.Replace(name, part, "", 1); rest != name {
					other = strings.Replace(name, rest, rest+rest[len(rest)-1:], 1)
				}
			}
			if other == "" {
				continue
			}
			if got := names.SensitivityOf(other); got == want {
				t.Errorf("%s: %d as %s", other, got, name)
			}
		}
	}
}

// TestSegmentWords checks which segments of a path may stand before a secret.
func TestSegmentWords(t *testing.T) {
	for segment := range strings.FieldsSeq(`tokens secrets invite invites invitation invitations unsubscribe magic magic-link
		activate activation verify verify-email confirm reset incomingwebhook`) {
		if got := names.OfNextSegment(strings.ToUpper(segment)); got != names.Weak {
			t.Errorf("%s: %d", segment, got)
		}
		if got := names.OfNextSegment(segment + "x"); got != names.Plain {
			t.Errorf("%sx: %d", segment, got)
		}
	}
}

// TestRoles checks which names of members say that another member is a name, a value or a change.
func TestRoles(t *testing.T) {
	for want, list := range map[names.PairRole]string{
		names.NamesRole: `name key field header parameter variable label param setting option attribute attr property column
			question prompt title caption k n env env_var envVar selector target locator Name Key Field Header Label
			Parameter Property NAME KEY`,
		names.TypesRole: `type kind Type Kind format id`,
		names.PathRole:  `path pointer instancePath dataPath loc`,
		names.ChangeRole: `old new from to before after previous answer input rejectedValue rejected_value received default
			defaultValue default_value initialValue initial_value example`,
		names.TextRole:  `text content`,
		names.ValueRole: `value val Value VALUE newValue new_value oldValue old_value stringValue string_value v values vals`,
	} {
		for name := range strings.FieldsSeq(list) {
			if got := names.PairRoleOf(name); got != want {
				t.Errorf("%s: %d, want %d", name, got, want)
			}
			if got := names.PairRoleOf("~" + name + "~"); got != names.NoRole {
				t.Errorf("~%s~: %d", name, got)
			}
		}
	}
	for name := range strings.FieldsSeq(`sensitive isSensitive is_sensitive secret isSecret is_secret masked isMasked hidden_value`) {
		if !names.MarksSecret(name) || names.MarksSecret(name+"x") {
			t.Errorf("%s", name)
		}
	}
	for name := range strings.FieldsSeq(`changes change diff delta values params data payload args arguments details input`) {
		if !names.CarriesChange(name) || names.CarriesChange(name+"x") {
			t.Errorf("%s", name)
		}
	}
}

// TestOfPair classifies values by the text in the member beside them.
func TestOfPair(t *testing.T) {
	for _, tt := range []struct {
		members, name string
		want          names.Sensitivity
	}{
		{"question q prompt title label", "What was your first pet called?", names.Secret},
		{"question q prompt title label", "How do I reset my password", names.Plain},
		{"question q prompt title label", "Please enter the card number", names.Personal},
		{"question q prompt title label", "A first pet", names.Secret},
		{"question q prompt title label", " What was your first pet called?", names.Secret},
		{"question q prompt title label", "pet name", names.Plain},
		{"name key field caption", "How do I reset my password", names.Secret},
		{"name key field caption", "What was your first pet called?", names.Plain},
		{"name question", "password", names.Secret},
		{"name question", "color", names.Plain},
		{"path", "/user/password", names.Secret},
		{"path", "/password/length", names.Plain},
		{"type", "password", names.Secret},
		{"type", "token", names.Plain},
		{"type kind", "SecureString", names.Secret},
		{"type kind", "secureSTRING", names.Secret},
		{"id", "https://a.example/secrets/db", names.Secret},
		{"id", "http://a.example/secrets/db", names.Plain},
	} {
		for member := range strings.FieldsSeq(tt.members) {
			if got := names.OfPair(member, tt.name); got != tt.want {
				t.Errorf("%s %q: %d, want %d", member, tt.name, got, tt.want)
			}
		}
	}
}

// TestIsClave tells passwords from codes of products, which also are values of "clave".
func TestIsClave(t *testing.T) {
	for _, tt := range []struct {
		value       string
		alone, with bool // without a name beside it, and with one
	}{
		{"swordfish", true, false}, {"Swordfish", false, false}, {"sword-fish", false, false}, {"sword7fish", true, true}, {"Sword7fish", true, true},
		{"SWORD7", false, false}, {"sword", false, false}, {"sword7", true, true}, {"sword_7fish", false, false}, {"sword 7fish", false, false},
		{"_sword7", false, false}, {" sword7", false, false},
		{strings.Repeat("a1", 32), true, true}, {strings.Repeat("a1", 32) + "b", false, false}, {"", false, false},
	} {
		if alone, with := names.IsClave(tt.value, false), names.IsClave(tt.value, true); alone != tt.alone || with != tt.with {
			t.Errorf("%q: %t alone, %t with a name", tt.value, alone, with)
		}
	}
}

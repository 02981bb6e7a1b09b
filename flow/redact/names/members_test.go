package names_test

import (
	"strings"
	"testing"

	"github.com/spectap/spectap/flow/redact/names"
)

// TestAnswersOfPaths checks what the last segments of a path say of the message.
func TestAnswersOfPaths(t *testing.T) {
	checkAnswers(t, []answer{
		{"a path that takes a code", names.TakesTypedCode,
			[]string{"/auth/verify-otp", "/login/2fa", "/mfa/factors/7/verify", "/email/verify", "/email/verify/", "/verify/email", "/users/7/two-factor",
				"/one_time/x", "/otp/a/b/c", "verifyOtp", "/verifyCode/login", "/phone-check", "/check-phone",
				"/" + long(names.MaxLen, "-otp")},
			[]string{"", "/", "/verify", "/email", "/verify/7/email", "/email/7/verify", "/verify/x/y", "/otp/a/b/c/d", "/factor-two", "/time-one",
				"/two", "/one", "/factor", "/two-x-factor", "/email/verifier", "/" + long(names.MaxLen+1, "-otp")}},
		{"a path of codes", names.ListsCodes,
			[]string{"/2fa/recovery-codes", "backup_codes", "/recoveryCodes"},
			[]string{"", "/codes", "/recovery-code", "/recovery-codes/", "/recovery-codes/7", "/country-codes", "/passwords"}},
		{"a path of questions that prove who a person is", names.AsksInPath,
			[]string{"/security-questions", "/me/kba", "securityQuestions"}, []string{"", "/questions", "/security-questions/", "/security-questions/7"}},
		{"a path below secrets", names.IsBelowSecrets,
			[]string{"/secrets/db", "/v1/secrets/db/versions/1", "/secret/data/app", "/secrets//"},
			[]string{"", "/secrets", "/secrets/", "/secret/", "/mysecrets/db", "secrets/db"}},
		{"a path of a link", names.LeadsByLink,
			[]string{"/auth/magic", "/accept-invite", "/invites/7", "/invites/7/", "verify", "/inviteUser"},
			[]string{"", "/", "/invites/7/x", "/invitees", "/auth/login", "/" + long(names.MaxLen+1, "-invite")}},
	})
}

// TestAnswersOfMembers checks what the name of a member says of its value and of those beside it.
func TestAnswersOfMembers(t *testing.T) {
	checkAnswers(t, []answer{
		{"the name of a link", names.NamesLink,
			[]string{"reset_link", "inviteUrl", "join_url", "JOIN_URL", "confirmURI", "verify-href", long(names.MaxLen, "-join_url")},
			[]string{"", "url", "html_url", "user_link", "join_ur", "joinurls", "invite", "invite_name", "link_invite", "invite_hurl", "joinLinks",
				long(names.MaxLen+1, "-join_url")}},
		{"the column of a user", names.NamesUser,
			[]string{"user", "username", "login", "email", "account", "name", "id", "user_id", "FirstName"},
			[]string{"", "password", "users", "created", "names", "id_x"}},
		{"a state of a secret", names.IsStateOfSecret,
			[]string{"curr", "next", "previous", "prev", "retype", "verify", "reenter", "value", "new", "old", "confirm"},
			[]string{"", "prevs", "Next", "name", "type"}},
		{"a description", names.IsDescription,
			[]string{"type", "tokenType", "expires_at", "owner"}, []string{"", "value", "type_x", "typed"}},
		{"an object of errors", names.HoldsErrors,
			[]string{"errors", "Errors", "fieldErrors", "validation_errors", "violations"},
			[]string{"", "error", "errors_x", "terrors", "violation"}},
		{"an answer", names.HoldsAnswer,
			[]string{"answer", "Answer", "a", "ans", "response", "reply"}, []string{"", "answers", "A", "question"}},
		{"the name of a name", names.HoldsName,
			[]string{"name", "type", "path", "input_name", "user_id"}, []string{"", "value", "text", "old", "names"}},
		{"a name with vocabulary", names.MayHoldVocabulary,
			[]string{"state", "State", "STATES", "state_", "state--", "country_code", "codes", "openAccess"},
			[]string{"", "stat", "mystate2", "coder", "key", "_"}},
		{"a word for what people choose", names.IsChosenSecretWord,
			[]string{"password", "pin", "credentials"}, []string{"", "Password", "token", "passwords"}},
	})
}

// TestLastWord checks what the last word of a name is.
func TestLastWord(t *testing.T) {
	for name, want := range map[string]string{
		"": "", "_": "", "name": "name", "userName": "name", "user_NAME": "name", "user-name-": "name", "userID": "id", "APIKey": "key", "2FA": "2fa",
		"token2": "token2", "x[y]": "y", "größe": "e", strings.Repeat("a_", names.MaxLen/2): "a", strings.Repeat("a_", names.MaxLen/2) + "b": "",
	} {
		if got := names.LastWord(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

// TestOfJoined checks which names say more together with the name above them.
func TestOfJoined(t *testing.T) {
	for _, tt := range []struct {
		above, name string
		want        names.Sensitivity
	}{
		{"card", "number", names.Personal}, {"card", "Number", names.Personal}, {"verification", "code", names.OneTime}, {"verification", "Code", names.OneTime},
		{"promo", "code", names.OneTime}, {"api", "key", names.Secret}, {"api", "Key", names.Secret}, {"security", "answer", names.Secret},
		{"security", "Answer", names.Secret}, {"recovery", "phrase", names.Secret}, {"unlock", "pattern", names.Secret}, {"wallet", "seed", names.Secret},
		{"snmp", "community", names.Secret}, {"country", "code", names.Weak}, {"sort", "key", names.Weak}, {"house", "number", names.Plain},
		{"api", "KEY", names.Weak}, {"new", "password", names.Secret}, {"api", "name", names.Plain},
		{"session", "id", names.Weak}, {"userSession", "Id", names.Weak}, {"session", "ID", names.Weak}, {"session", "uid", names.Plain},
		{"user", "id", names.Identifier},
		{long(names.MaxLen-len("_key"), "_api"), "key", names.Secret}, {long(names.MaxLen-len("_key")+1, "_api"), "key", names.Weak},
	} {
		if got := names.OfJoined(tt.above, tt.name, names.SensitivityOf(tt.name)); got != tt.want {
			t.Errorf("%s of %s: %d, want %d", tt.name, tt.above, got, tt.want)
		}
	}
}

// TestOfRole checks what the name in a pair makes of each member beside it.
func TestOfRole(t *testing.T) {
	for _, s := range []names.Sensitivity{names.Plain, names.Weak, names.Secret, names.Personal} {
		for role, want := range map[names.PairRole]names.Sensitivity{
			names.NoRole: names.Plain, names.NamesRole: names.Plain, names.TypesRole: names.Plain, names.PathRole: names.Plain,
			names.ValueRole: s, names.ChangeRole: names.Below, names.TextRole: names.Shown,
		} {
			if s != names.Secret && role != names.ValueRole {
				want = names.Plain
			}
			if got := names.OfRole(role, s); got != want {
				t.Errorf("role %d of %d: %d, want %d", role, s, got, want)
			}
		}
	}
}

// TestSecretOrPersonal checks that no other names than those of secrets and persons count.
func TestSecretOrPersonal(t *testing.T) {
	for name, want := range map[string]names.Sensitivity{
		"password": names.Secret, "iban": names.Personal, "user_id": names.Plain, "key": names.Plain, "2fa": names.Plain,
		"password[x]": names.Plain, "color": names.Plain,
	} {
		if got := names.SecretOrPersonal(name); got != want {
			t.Errorf("%s: %d, want %d", name, got, want)
		}
	}
}

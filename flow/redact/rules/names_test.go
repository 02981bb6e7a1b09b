package rules

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spectap/spectap/flow/redact/redacttest"
	"github.com/spectap/spectap/internal/ascii"
)

// TestPhrases finds each phrase of names.txt under its own class, written in the usual ways.
func TestPhrases(t *testing.T) {
	table := names()
	if len(table.phrases) < 700 {
		t.Errorf("%d phrases", len(table.phrases))
	}
	for phrase, want := range table.phrases {
		words := strings.Split(phrase, "_")
		if len(words) > maxPhrase {
			t.Errorf("%s has more than %d words", phrase, maxPhrase)
		}
		camel := words[0]
		for _, w := range words[1:] {
			if camel += w; w[0] < utf8.RuneSelf && !ascii.IsDigit(words[0][0]) {
				camel = camel[:len(camel)-len(w)] + strings.ToUpper(w[:1]) + w[1:]
			}
		}
		if camel == strings.Join(words, "") {
			camel = phrase // no capitals, or after a number
		}
		for _, name := range []string{phrase, strings.ReplaceAll(phrase, "_", "-"), strings.ToUpper(phrase), "x." + phrase, camel} {
			if len(name) < 2 || strings.ToLower(name) != phrase && strings.HasSuffix(phrase, "ς") || name == "x."+phrase && table.exact[phrase] != Plain {
				continue
			}
			if got := ClassOf(name); got != want {
				t.Errorf("%s: %d, want %d", name, got, want)
			}
		}
	}
}

// TestClassOf checks how names are split and which words decide.
func TestClassOf(t *testing.T) {
	for want, list := range map[Class]string{
		Secret: `user[password] password[0] password[plain] passwords newPasswordConfirmation apikey accesstoken sessionid dbpass
			X-Api-Key refreshTokenV2 cvv2 cvvNumber PHPSESSID secondary_api_key_2 用户密码 ПАРОЛЬ contraseña MotDePasse zzztoken APIKeys`,
		About:      `token_type secret_name password_policy tokenExpiresAt password_updated_at`,
		Identifier: `max_tokens next_page_token nextpagetoken idempotency_key Idempotency-Key cursor etag file_hash coupon_code recaptchaSiteKey code_challenge user_id pageToken`,
		Personal:   `firstname lastName date_of_birth diagnosis religion phoneNumber shipping_address email geburtsdatum apellidos zipcode`,
		Identity:   `ssn tax_id card[number] credit_card_number passportNo account_numbers`,
		Code:       `2fa two_factor inviteCode`,
		Weak:       `key code auth sid nonce signature country_code session`,
		Plain:      `x compass bypass monkey keyboard color_key tokenizer decoded networkAclBypass`,
		Below:      `password[x] password_history`,
	} {
		for name := range strings.FieldsSeq(list) {
			if got := ClassOf(name); got != want {
				t.Errorf("%s: %d, want %d", name, got, want)
			}
		}
	}
	for _, name := range redacttest.Names() {
		if got := ClassOf(name); got != Secret {
			t.Errorf("%s: %d", name, got)
		}
	}
	for _, name := range []string{"", "p", strings.Repeat("a", MaxName) + "_password"} {
		if got := ClassOf(name); got != Plain {
			t.Errorf("%s: %d", name, got)
		}
	}
}

// TestClassUnder checks what the name of an object says of its members.
func TestClassUnder(t *testing.T) {
	for _, tt := range []struct {
		object string
		name   string
		want   Class
	}{
		{"card", "number", Identity}, {"cards", "number", Identity}, {"verification", "code", Secret}, {"session", "id", Secret},
		{"user", "id", Identifier}, {"password", "value", Secret}, {"password", "newValue", Secret}, {"password", "x", Below},
		{"password", "type", About}, {"password", "expires_at", About}, {"secret", "state", Weak}, {"credentials", "username", About},
		{"credentials", "key", Below}, {"secrets", "0", Secret}, {"items", "0", Plain}, {"", "number", Plain}, {"country", "code", Weak},
	} {
		if got := ClassUnder(tt.object, ClassOf(tt.object), tt.name); got != tt.want {
			t.Errorf("%s in %s: %d, want %d", tt.name, tt.object, got, tt.want)
		}
	}
	if got := ClassUnder("x", Below, "y"); got != Below {
		t.Errorf("a name below one that is below a secret: %d", got)
	}
}

// TestClassOfDoesNotAllocate asks for a few names again and again.
func TestClassOfDoesNotAllocate(t *testing.T) {
	list := []string{"password", "created_at", "nextPageToken", "user[email]"}
	if n := testing.AllocsPerRun(100, func() {
		for _, name := range list {
			ClassOf(name)
		}
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzClassOf checks that the case and the form of any name are taken, and the cache changes nothing.
func FuzzClassOf(f *testing.F) {
	for _, seed := range []string{"password", "user[password][0]", "İſK", "a[b", "][", "\xff_key", "__"} {
		f.Add(seed, "x")
	}
	f.Fuzz(func(t *testing.T, name, object string) {
		first := ClassOf(name)
		if again := ClassOf(name); first != again {
			t.Errorf("%q: %d, then %d", name, first, again)
		}
		if len(name) > 1 && len(name) <= MaxName && names().bracketed(name) != first {
			t.Errorf("%q: the cache has %d", name, first)
		}
		for _, above := range []Class{Plain, Secret, Below} {
			ClassUnder(object, above, name)
		}
	})
}

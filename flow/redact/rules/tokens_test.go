package rules

import (
	"strings"
	"testing"

	"github.com/BurntSushi/toml"

	"github.com/spectap/spectap/internal/test/must"
)

// row is a row of tokens.toml with its example, which only the tests read.
type row struct {
	ID, Description, Source, Regex string
	SecretGroup                    int
	Keywords, Example              []string
}

func rows(t testing.TB) []row {
	t.Helper()
	var file struct{ Rules []row }
	must.Do(t, toml.Unmarshal(tokensTOML, &file))
	if len(file.Rules) < 100 {
		t.Fatalf("%d rows", len(file.Rules))
	}
	return file.Rules
}

// TestExamples finds the example of each row, alone and in text, by its own row, and as a whole
// unless the row has a group. Ids differ, and each row has a source.
func TestExamples(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range rows(t) {
		example := strings.Join(r.Example, "")
		if seen[r.ID] || r.Description == "" || r.Source == "" || len(r.Example) != 2 || len(r.Keywords) == 0 {
			t.Errorf("%s: the row is not complete or not the only one of its id", r.ID)
		}
		seen[r.ID] = true
		for _, text := range []string{example, "it said \"" + example + "\" twice", "token=" + example + "\nnext", `a\n` + example + `\n`} {
			found := BuiltIn().Find(nil, text)
			if len(found) != 1 || found[0].Rule.ID != r.ID {
				t.Errorf("%s: found %s in %q", r.ID, describe(found, text), text)
				continue
			}
			m := found[0]
			if got := text[m.Start:m.End]; r.SecretGroup == 0 && got != example || r.SecretGroup > 0 && !strings.Contains(example, got) {
				t.Errorf("%s: found %q in %q", r.ID, got, text)
			}
		}
	}
}

func describe(found []Match, text string) string {
	var b strings.Builder
	for _, m := range found {
		b.WriteString(m.Rule.ID + " " + text[m.Start:m.End] + "; ")
	}
	return b.String()
}

// TestNoTokens finds nothing in what looks like tokens: publishable keys, identifiers, parts of
// words.
func TestNoTokens(t *testing.T) {
	for _, text := range []string{
		"pk" + "_live_4eC39HqLyjWDarjtT1zdp7dc", "pk.ey" + "J1IjoiZXhhbXBsZSIsImEiOiJjazEyMzQ1Njc4OTAifQ.abcdefghijklmnopqrstuv",
		"AC0123456789abcdef0123456789abcdef", // the id of an account
		"task_force_is_ready_for_everything", "desk-chair-with-a-long-name-for-everybody", "the skip-link-for-screen-readers",
		"s.calculateSomethingTotals", "https://example.com/en-us/index.html", "v1.2.3", "api-gateway", "sk-spinner-container-element",
		"secret_rotation_policy_of_the_team", "$6 and $5", "re_initialize_everything_again_later", "live_stream_of_the_event_tonight_at_eight",
		"SKU0123456789", "npm_config_registry_and_more_settings_here", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
		"xAKIAIOSFODNN7EXAMPLE", "x_ghp_16C7e42F292c6912E7710c838347Ae178B4a",
	} {
		if found := BuiltIn().Find(nil, text); len(found) > 0 {
			t.Errorf("%s: %s", text, describe(found, text))
		}
	}
}

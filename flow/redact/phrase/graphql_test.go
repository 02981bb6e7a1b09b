package phrase

import (
	"slices"
	"strings"
	"testing"
)

// TestDefault finds default values of variables after their types.
func TestDefault(t *testing.T) {
	for text, want := range map[string]string{
		`= "sword fish")`:                  "sword fish",
		`="swordfish"`:                     "swordfish",
		" \n=\n \"swordfish\"":             "swordfish",
		`= "sword`:                         "sword",
		`= ["sword", "fish"]) {a(b: [1])}`: `"sword", "fish"`,
		`= ["sword]", "fish"]) {a}`:        `"sword]", "fish"`,
		`= ["sword\"]", "fish"]) {a}`:      `"sword\"]", "fish"`,
		`=[\"sword]\", \"fish\"]) {a}`:     `\"sword]\", \"fish\"`,
		`= [\"sword]\", \"fish\"]) {a}`:    `\"sword]\", \"fish\"`,
		`= ["sword", "fi`:                  `"sword", "fi`,
		`= [1]`:                            "1",
		`= ["sword`:                        `"sword`,
		`= []`:                             "",
		`= ""`:                             "",
		`= "`:                              "",
		`= 12`:                             "",
		`= SWORD`:                          "",
		`=`:                                "",
		`= `:                               "",
		`) {a}`:                            "",
		`"swordfish"`:                      "",
		`: "swordfish"`:                    "",
		``:                                 "",
	} {
		for _, before := range []string{"", "String!"} {
			got := ""
			if sp, ok := Default(before+text, len(before)); ok {
				got = sp.In(before + text)
			}
			if got != want {
				t.Errorf("%s%s: got %q, want %q", before, text, got, want)
			}
		}
	}
}

// TestVariables finds the variables that a query gives to arguments with the name of a secret.
func TestVariables(t *testing.T) {
	name := strings.Repeat("a", 119)
	for query, want := range map[string][]string{
		"{login(password: $p)}":                            {"p"},
		"{login(user: $u, password:$p_1, apiKey :\n\t$k)}": {"p_1", "k"},
		"{login(password: $p)} {login(password: $q":        {"p", "q"},
		"{verifyOtp(phone: $a, code: $b)}":                 {"b"},
		"{verifyOtp (code: $b)}":                           {"b"},
		"{country(code: $b)}":                              nil,
		"code: $b":                                         nil,
		"{login(password: $)}":                             nil,
		"{login(password: p)}":                             nil,
		"{login(password $p)}":                             nil,
		"{login(: $p)}":                                    nil,
		"{login(name: $password)}":                         nil,
		"{a(" + name + "_password: $p)}":                   {"p"},
		"{a(" + name + "a_password: $p)}":                  nil,
		"":                                                 nil,
		"$":                                                nil,
	} {
		if got := Variables(query); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", query, got, want)
		}
	}
	if got := Variables(strings.Repeat(" ", maxQuery-len("password: $p")) + "password: $p"); !slices.Equal(got, []string{"p"}) {
		t.Errorf("at the end of the longest query: %q", got)
	}
	if got := Variables(strings.Repeat(" ", maxQuery) + "password: $p"); got != nil {
		t.Errorf("behind the longest query: %q", got)
	}
}

// TestNamesOfGraphQL finds types of variables, and where variables are used.
func TestNamesOfGraphQL(t *testing.T) {
	for query, want := range map[string]string{
		"query($password: String!){login(password: $password)}":                "String! $password",
		"mutation A ($p: [String!]!, $q: Int = 3) {a(b: $p, c: $q, d: $r)} ":   "[String!]! Int $p $q",
		"\n subscription A($p: [[ID]]){a(b: $p)}":                              "[[ID]] $p",
		"fragment A on B {c} query B($p: ID) {a(b: $p)}":                       "ID $p",
		"query A($p: B = {c: $d}) {a(b: $p)} query B($q: D) {a(b: $q, c: $p)}": "B $p D $q $p",
		"query A {a(b: $p)}":    "",
		"the query($p: String)": "",
		"query":                 "",
		"query(":                "",
		"{login(password: $p)}": "",
	} {
		var got []string
		for _, r := range GraphQLNames(query) {
			got = append(got, query[r.Start:r.End])
		}
		// The definition of a variable is a use of it, too.
		seen := map[string]bool{}
		got = slices.DeleteFunc(got, func(s string) bool {
			isDefinition := strings.HasPrefix(s, "$") && !seen[s]
			seen[s] = true
			return isDefinition
		})
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%s: got %q, want %q", query, s, want)
		}
	}
}

package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/cli"
)

// TestGrantCommands adds, lists, replaces and revokes grants, and makes the mistakes that people
// make.
func TestGrantCommands(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("damaged.json", []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	steps := func(list [][3]string) {
		t.Helper()
		for _, tt := range list {
			status, out, errs := runHere(append([]string{"grant"}, strings.Fields(tt[0])...)...)
			if (status == cli.ExitFine) != (tt[2] == "") || !strings.Contains(out+errs, tt[1]) || !strings.Contains(errs, tt[2]) {
				t.Errorf("grant %s: %d, %s%s, want %q, %q", tt[0], status, out, errs, tt[1], tt[2])
			}
		}
	}
	steps([][3]string{ // a command, what it says, and the hint of an error
		{"", "spectap grant [command]", ""},
		{"add ci --grants g.json --expires 12h", "", ""},
		{"add ci --grants g.json", "add the grant ci: ", "try: spectap grant rotate ci --grants g.json"},
		{"add deploy --grants g.json --tools read_*", "", ""},
		{"ls --grants g.json", "ci                    since ", ""},
		{"rotate deplay --grants g.json", "there is no such grant", "try: spectap grant ls --grants g.json"},
		{"revoke nobody --grants g.json", "there is no such grant", "try: spectap grant ls --grants g.json"},
		{"add -- --grants", "--grants is missing", "try: spectap grant add"},
		{"add § --grants g.json", "a name has 1 to 64", "try: spectap grant add ci --grants g.json"},
		{"add " + strings.Repeat("a", 65) + " --grants g.json", "a name has 1 to 64", "try: spectap grant add ci --grants g.json"},
		{"add .x/y --grants g.json", "a name has 1 to 64", "try: spectap grant add ci --grants g.json"},
		{"add dan --grants g.json --policy none.yaml", "none.yaml", "try: "},
		{"ls --grants damaged.json", "damaged.json is damaged", "try: "},
		{"rotate ci --grants damaged.json", "damaged.json is damaged", "try: "},
		{"rotate ci", "--grants is missing", "try: spectap grant rotate --grants grants.json ci"},
	})
	_, listed, _ := runHere("grant", "ls", "--grants", "g.json")
	if !regexp.MustCompile(`(?m)^ci +since \S+ \S+  until \S+ \S+$`).MatchString(listed) || !strings.Contains(listed, "  tools read_*\n") {
		t.Errorf("listed %s", listed)
	}
	data, err := os.ReadFile("g.json")
	if err != nil {
		t.Fatal(err)
	}
	old := regexp.MustCompile(`"expires": ?"[^"]*"`).ReplaceAll(data, []byte(`"expires": "2026-01-02T03:04:00Z"`))
	if err := os.WriteFile("g.json", old, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, out, _ := runHere("grant", "ls", "--grants", "g.json"); !strings.Contains(out, "  EXPIRED 2026-01-0") || strings.Contains(out, "until") {
		t.Errorf("after it has expired: %s", out)
	}
}

package attack

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

// guardCommands read the file X; P is a valid policy.
var guardCommands = []string{
	"policy convert X", "policy check X", "policy test X X", "policy test P X", "pins diff --pins X", "pins ls --pins X", "pins accept --pins X a@b",
	"grant ls --grants X", "grant add --grants X n", "grant rotate --grants X n", "grant revoke --grants X n",
	"approvals ls --approvals X", "approvals show --approvals X k3x7q2m5ab", "approvals approve --approvals X k3x7q2m5ab",
	"audit verify X", "audit verify X --key X", "audit verify X --checkpoints X",
	"gateway --config X", "gateway --policy P --pins X -- true", "gateway --policy P --grants X --grant a -- true", "gateway --policy P --state X -- true",
	"gateway --policy P --audit X -- true", "gateway --policy P --approvals X -- true", "gateway --policy P --audit A --audit-key X -- true"}

// Files of policies, pins, grants, held calls and audits are data (threat 14).
func TestGuardFiles(t *testing.T) {
	const tries = "prepares a file of the guard that a person opens"
	bomb := "a0: &a0 [x,x,x,x,x,x,x,x,x]\n"
	for i := '1'; i <= '9'; i++ {
		was := string(i - 1)
		bomb += "a" + string(i) + ": &a" + string(i) + " [" + strings.Repeat("*a"+was+",", 9) + "]\n"
	}
	merges := "version: \"1\"\nx0: &x0 {a: 1}\n"
	for i := range 2000 {
		n, m := strconv.Itoa(i+1), strconv.Itoa(i)
		merges += "x" + n + ": &x" + n + " {<<: [*x" + m + ", *x" + m + "], k" + n + ": 1}\n"
	}
	for _, kind := range []struct {
		name string
		fast bool
		make func(a *attack, path string)
	}{
		{"device", true, func(a *attack, path string) { link(a, "/dev/zero", path) }},
		{"aliases", true, func(a *attack, path string) { a.file("x", bomb+"version: \"1\"\ntools: *a9\n") }},
		{"depth", true, func(a *attack, path string) { a.file("x", strings.Repeat(`{"version":1,"a":`, 300_000)+"\n") }},
		{"merges", false, func(a *attack, path string) { a.file("x", merges) }},
		{"lists", false, func(a *attack, path string) { a.file("x", strings.Repeat("[", 3_000_000)+"\n") }},
		{"line", false, func(a *attack, path string) {
			a.file("x", `{"seq":1,"tool":"`+strings.Repeat("A", 200<<20)+"\n")
		}},
		{"folder", false, func(a *attack, path string) {
			must.Do(a, os.Mkdir(path, 0o700))
		}},
		{"link to itself", false, func(a *attack, path string) { link(a, path, path) }},
		{"sparse", false, func(a *attack, path string) {
			a.file("x", "")
			must.Do(a, os.Truncate(path, 8<<30))
		}},
	} {
		run := trySlow
		if kind.fast {
			run = try
		}
		for _, command := range guardCommands {
			run(t, kind.name+"/"+command, tries, "the command ends with an error and little memory", func(a *attack) {
				path := filepath.Join(a.dir, "x")
				kind.make(a, path)
				o := a.spectap(a.guardArgs(command, path)...)
				if o.endless || o.status == 0 || o.peak > 900 || strings.Contains(o.stderr, "goroutine ") {
					a.breach("status %d, endless %t, %d MiB: %.300s", o.status, o.endless, o.peak, o.stderr)
				}
			})
		}
	}
	for _, command := range []string{"grant add --grants X n", "pins accept --pins X a@b", "approvals approve --approvals X k3x7q2m5ab",
		"gateway --policy P --pins X -- true", "gateway --policy P --approvals X -- true", "gateway --policy P --state X -- true"} {
		try(t, "open to all/"+command, "writes to the file of another user", "the command refuses a file that others can write to", func(a *attack) {
			path := a.file("x", `{"version":1}`)
			must.Do(a, os.Chmod(path, 0o666))
			if o := a.spectap(a.guardArgs(command, path)...); o.status == 0 || o.endless {
				a.breach("status %d, endless %t: %s%s", o.status, o.endless, o.stdout, o.stderr)
			}
		})
	}
}

// guardArgs returns the arguments of one of guardCommands.
func (a *attack) guardArgs(command, path string) []string {
	policy := a.file("policy.yaml", "version: 1\ntools: {a: {}}\n")
	args := strings.Fields(command)
	for i, arg := range args {
		switch arg {
		case "X":
			args[i] = path
		case "P":
			args[i] = policy
		case "A":
			args[i] = filepath.Join(a.dir, "audit.jsonl")
		}
	}
	return args
}

// Names in the files of the guard do not reach the terminal as they are (threat 15).
func TestGuardFilesShowNothingHidden(t *testing.T) {
	const hidden = "\u001b]0;owned\u0007\u202egnp.exe\u009b31m\u200b"
	try(t, "a grant", "writes escape sequences into the names of a file of grants", "no command prints them", func(a *attack) {
		path := filepath.Join(a.dir, "grants.json")
		a.must("grant", "add", "--grants", path, "ci", "--tools", "toolname")
		text := a.read(path)
		for _, name := range []string{`"ci"`, `"toolname"`} {
			a.file("grants.json", strings.ReplaceAll(text, name, `"c\u001b]0;owned\u0007\u202egnp\u009b31m\u200b"`))
			for _, args := range [][]string{{"grant", "ls"}, {"grant", "ls", "--json"}, {"grant", "revoke", "nobody"}, {"grant", "rotate", "nobody"}} {
				o := a.spectap(append(args, "--grants", path)...)
				for _, c := range []string{"\u001b", "\u0007", "\u202e", "\u009b", "\u200b"} {
					a.excluding(strings.Join(args, " "), o.stdout+o.stderr, c)
				}
			}
		}
	})
	for _, args := range []string{"grant add --grants X NAME", "grant revoke --grants X NAME", "pins accept --pins X NAME@abcdef01", "approvals show --approvals X NAME",
		"audit verify NAME", "policy check NAME", "policy convert NAME", "gateway --policy NAME -- true", "client http://127.0.0.1:1/NAME"} {
		try(t, args, "gives a command a name with escape sequences", "errors do not print them", func(a *attack) {
			words := strings.Fields(args)
			for i, w := range words {
				words[i] = strings.ReplaceAll(strings.ReplaceAll(w, "X", filepath.Join(a.dir, "x.json")), "NAME", hidden)
			}
			o := a.spectap(words...)
			for _, c := range []string{"\u001b", "\u0007", "\u202e", "\u009b", "\u200b"} {
				a.excluding(args, o.stdout+o.stderr, c)
			}
			if o.status == 0 && !strings.HasPrefix(args, "grant add") {
				a.breach("status 0: %s", o.stdout)
			}
		})
	}
}

package policy

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// TestLoadReportsEverything loads a policy with an error on most lines. The comment on a line is
// the problem reported for it.
func TestLoadReportsEverything(t *testing.T) {
	const text = `
version: 2                                  # version must be 1
defualt: deny                               # unknown key "defualt" in a policy
default: denied                             # default must be deny or allow
hide: delete_all                            # hide must be a list
all_tools:
  limit: []                                 # unknown key "limit"
tools:
  a: []                                     # must be an object, not a list
  !!binary cmVhZA==: {}                     # the tag !!binary is not accepted
  tagged: !mine {}                          # the tag !mine is not accepted
  octal: {require: [{path: args.x, op: lt, value: 010}]} # 010 is another number
  digits: {require: [{path: args.x, op: lt, value: 1_000}]} # 1_000 is another number, or a text
  b:
    require:
      - {path: arg.x, op: eq, value: 1}     # must start with args, identity
      - {path: args.x, op: equals, value: 1} # unknown op "equals"
      - {path: args.x, op: eq}              # has no value
      - {op: eq, value: 1}                  # has no path
      - {path: args.x}                      # has no op
      - {path: args.x, op: lt, value: "5"}  # needs a number
      - {path: args.x, op: in, value: a}    # needs a list
      - {path: args.x, op: in, value: []}   # needs a list
      - {path: args.x, op: matches, value: "(?=a)"} # RE2
      - {path: "args.x[*]", op: eq, value: 1} # say each: all, or each: any
      - {path: args.x, op: eq, value: 1, each: all} # each is for paths with
      - {path: args.x, op: exists, value: maybe} # must be true or false
      - {path: args..x, op: eq, value: 1}   # a name is missing
      - {path: args, op: eq, value: 1}      # names no member
      - {path: "args.x[-1]", op: eq, value: 1} # [N] or [*]
      - {any: []}                           # the list of conditions is empty
      - {any: [{path: args.x, op: no, value: 1}]} # unknown op "no"
      - {not: {}}                           # a condition has path, op and value
      - {path: args.x, op: eq, value: 1, not: {path: args.y, op: exists}} # here are path and not
      - {time: {from: 9am}}                 # a time of day is written
      - {time: {from: "09:00", to: "09:00"}} # are the same time
      - {time: {days: [someday]}}           # a day is written
      - {time: {zone: Mars/Base}}           # unknown time zone
      - {path: args.x, op: below, value: data} # needs a folder
    limits:
      - {counter: a, window: minute}        # has no max
      - {counter: b, max: 5}                # has no window
      - {max: 5, window: 60}                # has no counter
      - {counter: c, max: -5, window: 60}   # is negative
      - {counter: d, max: 5, window: month} # a window is a number of seconds
      - {counter: e, max: 5, window: 0}     # a window is a number of seconds
      - {counter: f, max: 5, window: 60, scope: planet} # scope must be
      - {counter: g, max: 5, window: 60, increment_from: amount} # must start with args, identity
      - {counter: h, max: 5, window: 60, increment_from: "args.a[*]"} # must lead to one argument
      - {counter: i, max: 5, window: 60, increment: 2, increment_from: args.a} # not both
      - {counter: j, max: 0.0000001, window: 60} # more than six decimals
  c: {rate_limit: often}                    # a rate is written
  d: {action: block}                        # action must be allow or deny
  e: {action: deny, rate_limit: 5/minute}   # have no effect
  f: {reason: a, on_deny: b}                # keep one
  g: {results: {max_bytes: many}}           # must be a number of bytes
  h: {results: {deny_matching: ["("]}}      # missing closing )
  i: {results: {remove: ["a..b"]}}          # a name is missing
  s1: {taints: [a, a]}                      # stands there twice
  s2: {taints: "two words"}                 # a taint has a name of letters
  s3: {taints: []}                          # the list of taints is empty
  s4: {deny_if: {tainted: untrsted}}        # nothing in the policy taints "untrsted"
  s5: {after: nowhere}                      # the policy allows no call of the tool "nowhere"
  s6: {after: s6}                           # would have to be called before
  s7: {after: d}                            # the policy allows no call of the tool "d"
  s8: {require: [{after: gone, tainted: a}]} # here are after and tainted
  s9: {action: deny, taints: a}             # have no effect
  sa: {deny_if: [{tainted: [a]}]}           # a taint has a name of letters
  sb: {action: require_approval, require_approval: false} # keep one
  a: {}                                     # the key "a" occurs twice
session: {taint_scope: world}               # must be identity or session
pins: {check: sometimes}                    # check must be each_call, notified
upstream: {sampling: yes}                   # sampling must be allow or deny
`
	_, err := Load(t.Context(), "p.yaml", []byte(text))
	var all *LoadError
	if !errors.As(err, &all) {
		t.Fatalf("error %v, want a LoadError", err)
	}
	byLine := map[int][]string{}
	for _, p := range all.Problems {
		byLine[p.Line] = append(byLine[p.Line], p.Message)
		if p.Column < 1 {
			t.Errorf("line %d: column %d", p.Line, p.Column)
		}
	}
	for i, line := range strings.Split(text, "\n") {
		_, want, has := strings.Cut(line, " # ")
		got := strings.Join(byLine[i+1], "; ")
		switch {
		case has && !strings.Contains(got, want):
			t.Errorf("line %d, %s\n got %q, want %q", i+1, strings.TrimSpace(line), got, want)
		case !has && got != "":
			t.Errorf("line %d, %s\n got %q, want no problem", i+1, strings.TrimSpace(line), got)
		}
	}
	if want := `p.yaml:3:1: unknown key "defualt" in a policy, which may have version, description, default,`; !strings.Contains(err.Error(), want) {
		t.Errorf("the error has no line that starts %q:\n%s", want, err)
	}
}

func TestLoadRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"empty":             "",
		"no version":        "default: deny",
		"not an object":     "[1]",
		"a text":            "deny",
		"no YAML":           "version: 1\n\ttools: {",
		"two documents":     "version: 1\n---\nversion: 1\ndefault: allow\n",
		"key in other case": `{"version": 1, "Default": "deny"}`,
		"key twice in JSON": `{"version": 1, "default": "deny", "default": "allow"}`,
		"too deep":          "version: 1\ntools: {t: {require: [" + strings.Repeat("{not: ", 100) + "{}" + strings.Repeat("}", 100) + "]}}",
		"aliases":           "version: 1\ndescription: &a [x,x,x,x,x,x,x,x,x,x]\nhide: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\ntools: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nprompts: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\nmethods: &e [*d,*d,*d,*d,*d,*d,*d,*d]\nupstream: [*e,*e,*e,*e,*e,*e,*e,*e]",
	} {
		if p, err := Load(t.Context(), "p", []byte(text)); err == nil {
			t.Errorf("%s: loaded as %+v", name, p)
		}
	}
	const infinite = "version: 1\ntools: {t: {require: [{path: args.n, op: eq, value: .inf}]}}"
	if p, err := Load(t.Context(), "p", []byte(infinite)); err == nil || !strings.Contains(err.Error(), "p:2:") || !strings.Contains(err.Error(), "the value cannot be read: ") {
		t.Errorf("a value that JSON does not have: %+v, %v", p, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Load(ctx, "p", []byte("version: 1")); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v after the call ended", err)
	}
}

// FuzzLoad checks that Load never panics, and that a loaded policy decides equally twice and never
// allows a hidden name.
func FuzzLoad(f *testing.F) {
	f.Add("version: 1\ndefault: allow\nhide: [a*]\ntools: {b: {rate_limit: 5/minute, deny_if: [{path: 'args.x[*]', each: any, op: eq, value: 1}]}}", "b", "x")
	f.Add(`{"version": "1", "tools": {"*": {"limits": [{"counter": "c", "window": "hour", "max": 3, "increment_from": "args.x"}]}}}`, "c", "y")
	f.Add("version: 1\ntools: {t: {require: [{time: {from: '09:00'}}, {not: {any: [{path: args.a, op: matches, value: '^a'}]}}]}}", "t", "a")
	f.Fuzz(func(t *testing.T, text, name, key string) {
		p, err := Load(t.Context(), "p", []byte(text))
		if err != nil {
			var all *LoadError
			if !errors.As(err, &all) || len(all.Problems) == 0 || p != nil {
				t.Fatalf("policy %v, error %v", p, err)
			}
			return
		}
		for k := range kinds {
			c := &Call{Kind: k, Name: name, Args: map[string]any{key: []any{key, nil, true}}}
			a, b := p.Decide(c), p.Decide(c)
			if fmt.Sprintf("%+v", a) != fmt.Sprintf("%+v", b) {
				t.Errorf("%+v, then %+v", a, b)
			}
			if a.Allowed && (!p.Lists(k, name) || a.Hidden) || !a.Allowed && (a.Reason == "" || len(a.Charges) > 0) {
				t.Errorf("%+v", a)
			}
		}
	})
}

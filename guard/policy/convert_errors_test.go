package policy

import (
	"strings"
	"testing"
)

// What has no counterpart is reported with its place and what is wrong with it. Nothing is converted
// then.
func TestConvertSaysWhy(t *testing.T) {
	rule := func(text string) string { return "version: \"1\"\ntools: {pay: {rules: [" + text + "]}}\n" }
	for text, want := range map[string]string{
		"[]":         "p:1:1: an Intercept policy is one object in YAML: ",
		"version: 2": `p:1:10: version must be "1", not "2"`,
		"version: \"1\"\ntools: {'a*': {rules: [{action: deny}]}}": `p:2:9: Intercept takes the * in "a*" for itself`,
		rule("{action: block}"):                                                                          `action must be evaluate or deny, not "block"`,
		rule("{name: x}"):                                                                                "p:2:23: the rule has no conditions, so it denies nothing",
		rule("{rate_limit: 5/minute, action: deny}"):                                                     "p:2:23: rate_limit stands beside action: deny, conditions or state",
		rule("{rate_limit: 5/minute, state: {counter: c}}"):                                              "p:2:23: rate_limit stands beside action: deny, conditions or state",
		rule("{rate_limit: 5/week}"):                                                                     `a rate is written 5/minute, 5/hour or 5/day, not "5/week"`,
		rule("{rate_limit: 0/day}"):                                                                      `a rate is written 5/minute, 5/hour or 5/day, not "0/day"`,
		rule("{action: deny, conditions: [{path: args.a, op: eq, value: 1}]}"):                           "p:2:23: a rule with action: deny has conditions",
		rule("{conditions: [{path: args.a, op: eq}]}"):                                                   "p:2:37: a condition needs path, op and value",
		rule("{conditions: [{op: eq, value: 1}]}"):                                                       "p:2:37: a condition needs path, op and value",
		rule("{conditions: [{path: args.a, value: 1}]}"):                                                 "p:2:37: a condition needs path, op and value",
		rule("{conditions: [{path: a, op: eq, value: 1}]}"):                                              `path "a" must start with args. or state.`,
		rule("{conditions: [{path: args., op: eq, value: 1}]}"):                                          `path "args." must start with args. or state.`,
		rule("{conditions: [{path: args.a, op: like, value: 1}]}"):                                       `unknown op "like"`,
		rule("{conditions: [{path: args.a, op: matches, value: a}]}"):                                    `unknown op "matches"`,
		rule("{conditions: [{path: args.a, op: below, value: /a}]}"):                                     `unknown op "below"`,
		rule("{conditions: [{path: args.a, op: exists, value: 1}]}"):                                     "the value of exists must be true or false",
		rule("{conditions: [{path: state.pay.c, op: lte, value: 1}]}"):                                   `"state.pay.c" is the counter of another tool, or of none`,
		rule("{conditions: [{path: state.x.c, op: lte, value: 1}], state: {counter: c, window: day}}"):   `"state.x.c" is the counter of another tool, or of none`,
		rule("{conditions: [{path: state.pay.c, op: gt, value: 1}], state: {counter: c, window: day}}"):  `a counter can be bounded with lt or lte, not with "gt"`,
		rule("{conditions: [{path: state.pay.c, op: lte, value: x}], state: {counter: c, window: day}}"): "the bound of a counter must be a number",
		rule("{conditions: [{path: state.pay.c, op: lte, value: 1}, {path: state.pay.c, op: lte, value: 2}], state: {counter: c, window: day}}"): `two conditions bound "state.pay.c": keep one`,
		rule("{conditions: [{path: state.pay.c, op: lte, value: 1}], state: {counter: c, window: day, increment_from: x}}"):                      "increment_from must start with args.",
		rule("{conditions: [{path: state.pay.c, op: lte, value: 1}], state: {counter: c, window: week}}"):                                        `window must be minute or hour or day, not "week"`,
		"version: \"1\"\nx: " + strings.Repeat("[", 70) + strings.Repeat("]", 70):                                                                "p:1:1: more than 200000 values, or more than 64 levels",
	} {
		out, notes, err := Convert(t.Context(), "p", []byte(text))
		if err == nil || !strings.Contains(err.Error(), want) || out != nil || notes != nil {
			t.Errorf("%s:\n%v\nwant %s", text, err, want)
		}
	}
}

// A bound of a counter means the same number of calls, or amount, as before.
func TestConvertedBounds(t *testing.T) {
	for text, want := range map[string]string{
		"{conditions: [{path: state.pay.c, op: lte, value: 5}], state: {counter: c, window: day, increment: 1}}":          "max: 5\n",
		"{conditions: [{path: state.pay.c, op: lt, value: 5}], state: {counter: c, window: day, increment: 1}}":           "max: 4\n",
		"{conditions: [{path: state.pay.c, op: lt, value: 0}], state: {counter: c, window: day}}":                         "max: 0\n",
		"{conditions: [{path: state.pay.c, op: lt, value: 5}], state: {counter: c, window: day, increment_from: args.n}}": "max: 4.999999\n",
		"{conditions: [{path: state.pay.c, op: lte, value: 5}], state: {counter: c, window: day, increment: 3}}":          "increment: 3\n",
		"{rate_limit: 7/hour}": "max: 7\n",
	} {
		out, _, err := Convert(t.Context(), "p", []byte("version: \"1\"\ntools: {pay: {rules: ["+text+"]}}\n"))
		if err != nil || !strings.Contains(string(out), want) || !strings.Contains(string(out), "scope: global") {
			t.Errorf("%s: %v\n%s", text, err, out)
		}
	}
}

package contract

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/mcptools/replay"
	"github.com/spectap/spectap/openapi"
)

// Step is a recorded exchange.
type Step struct {
	Flow      flow.Seq
	Operation string // such as "GET /users/{id}"
	Request   flow.Request
	Answer    flow.Response

	shown flow.Flow // without secrets
	// varies has the pointers of what varies by itself, exact those of numbers that do not.
	varies, exact map[string]bool
}

// Build makes steps of flows in the order of time, and learns from them what varies. operation
// names the operation of a flow, and hide removes its secrets.
func Build(flows []flow.Flow, operation func(*flow.Flow) string, hide func(flow.Flow) flow.Flow) (steps []*Step) {
	slices.SortStableFunc(flows, func(a, b flow.Flow) int { return a.Started.Compare(b.Started) })
	for _, f := range flows {
		if f.Response != nil && !f.Request.Body.Truncated && len(f.Messages) == 0 && f.Source != flow.SourceReplay {
			steps = append(steps, &Step{Flow: f.Seq, Operation: operation(&f), Request: f.Request, Answer: *f.Response, shown: hide(f)})
		}
	}
	learn(steps)
	return steps
}

// HasSecrets reports whether the request has a recorded secret.
func (s *Step) HasSecrets() bool {
	for _, secret := range replay.SecretsOf(&flow.Flow{Request: s.Request}, &flow.Flow{Request: s.shown.Request}) {
		if !variable.MatchString(secret) {
			return true
		}
	}
	return false
}

func (s *Step) isRead() bool { return s.Request.Method == "GET" || s.Request.Method == "HEAD" }

// jsonOf returns the JSON body of an answer.
func jsonOf(r *flow.Response) (any, bool) {
	data, _, err := decode.Body(r.Header, r.Body, maxBody)
	if err != nil || r.Body.Truncated || !decode.IsJSON(decode.Kind(decode.MediaType(r.Header.Get("Content-Type")), data)) {
		return nil, false
	}
	v, err := openapi.ParseJSON(data)
	return v, err == nil
}

// learn finds what varies between answers to equal requests, and what never does.
func learn(steps []*Step) {
	last, lastWrites, writes := map[string]map[string][]string{}, map[string]int{}, 0
	ops := map[string]*Step{}
	for _, s := range steps {
		if !s.isRead() {
			writes++
		}
		v, ok := jsonOf(&s.Answer)
		if !ok {
			continue
		}
		kind, now := fmt.Sprint(s.Operation, s.Answer.Status), map[string][]string{}
		if ops[kind] == nil {
			ops[kind] = &Step{varies: map[string]bool{}, exact: map[string]bool{}}
		}
		op := ops[kind]
		s.varies, s.exact = op.varies, op.exact
		walk(v, place{}, func(p place, leaf any) {
			text := textOf(leaf)
			if list, isList := leaf.([]any); isList {
				text = fmt.Sprint(len(list))
			} else if timeForm(text) != "" || isID(p.name, text) {
				text = kindOf(leaf)
			}
			now[p.general] = append(now[p.general], text)
		})
		who := slices.Clone(s.Request.Header) // credentials are what redaction hides
		who = slices.DeleteFunc(who, func(h flow.Field) bool { return slices.Contains(s.shown.Request.Header, h) })
		request := fmt.Sprintf("%s %s %s %x", s.Request.Method, s.Request.URL(), who, sha256.Sum256(s.Request.Body.Data))
		was, again := last[request]
		isAfterWrite := s.isRead() && lastWrites[request] != writes // which may have changed what is read
		last[request], lastWrites[request] = now, writes
		for _, values := range []map[string][]string{now, was} {
			for k := range values {
				slices.Sort(now[k])
				isSame, isJudged := op.exact[k]
				if isEqual := slices.Equal(now[k], was[k]); again {
					op.exact[k] = isEqual && (isSame || !isJudged) && len(strings.Join(now[k], "")) < maxDigits*len(now[k])
					op.varies[k] = op.varies[k] || !isEqual && !isAfterWrite
				}
			}
		}
	}
}

// maxDigits bounds the numbers that are compared: longer ones measure, and are equal by chance.
const maxDigits = 7

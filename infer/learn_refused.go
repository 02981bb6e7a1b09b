package infer

import (
	"bytes"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/infer/noun"
	"github.com/spectap/spectap/infer/route"
	"github.com/spectap/spectap/infer/schema"
)

// Bounds of what is read of one refusal.
const (
	maxRefusalText  = 500     // bytes of one text
	maxRefusalNames = 100     // names of one refusal
	maxRefusedBody  = 1 << 16 // bytes of the request
)

// refusal collects the names in the texts of an error response that may be those of members that
// its request lacks: `missing field "title"`, {"field": "title", "code": "missing"}.
type refusal struct {
	demanded []string // names in texts that demand something
	located  []string // names in fields that locate an error
	demands  bool     // some text demands something
}

// refusalProperty is a position in an error response, with the names around it.
type refusalProperty struct {
	*route.Property
	field, owner string
}

// demandWords are parts of texts that demand something of a request.
var demandWords = []string{
	"requir", "missing", "mandatory", "blank", "not provided", "not specified", "must be provided", "must be specified",
	"must be set", "must be present", "must provide", "must specify", "must include", "must contain", "must have",
	"please provide", "please specify", "undefined", "absent", "cannot be null", "can't be null", "must not be null",
	"cannot be empty", "can't be empty", "must not be empty",
}

// choiceWords are parts of texts that demand one of several members, which demands none of them.
var choiceWords = []string{" or ", "either", "one of", "at least", "unless", " if ", " when "}

// locatingFields are the folded names of fields that say where an error is.
var locatingFields = map[string]bool{
	"field": true, "fields": true, "param": true, "params": true, "parameter": true, "parameters": true, "path": true,
	"pointer": true, "loc": true, "location": true, "property": true, "missingproperty": true, "propertypath": true,
	"source": true, "target": true, "attribute": true, "argument": true, "key": true, "datapath": true,
	"instancepath": true,
}

// proseFields are the folded names of fields that hold texts for people, codes, or other errors.
var proseFields = map[string]bool{
	"": true, "message": true, "messages": true, "msg": true, "error": true, "errors": true, "detail": true,
	"details": true, "description": true, "errordescription": true, "reason": true, "title": true, "text": true,
	"code": true, "type": true, "status": true, "errorcode": true, "errortype": true, "errormessage": true,
	"displaymessage": true, "documentationurl": true, "summary": true, "hint": true, "fault": true, "info": true,
	"response": true, "data": true, "result": true, "violations": true, "issues": true, "rule": true, "keyword": true,
}

// add reads a string of the error response.
func (r *refusal) add(field, owner string, kind schema.Kind, text []byte) {
	if kind != schema.String || len(text) > maxRefusalText {
		return
	}
	switch s := string(text); {
	case isDemand(s):
		r.demands = true
		if field = noun.Fold(field); locatingFields[field] {
			break
		}
		r.demanded = appendNames(r.demanded, s)
		if owner = noun.Fold(owner); !proseFields[field] {
			r.demanded = appendNames(r.demanded, field)
		} else if !proseFields[owner] {
			r.demanded = appendNames(r.demanded, owner)
		}
	case locatingFields[noun.Fold(field)] && !strings.ContainsAny(s, " \t\n"):
		names := appendNames(nil, s)
		r.located = append(r.located, names[max(0, len(names)-1):]...)
	}
}

// isDemand reports whether a text demands something.
func isDemand(text string) bool {
	text = strings.ToLower(text)
	contains := func(parts []string) bool {
		for _, p := range parts {
			if strings.Contains(text, p) {
				return true
			}
		}
		return false
	}
	return contains(demandWords) && !contains(choiceWords)
}

// appendNames appends the folded names in a text, each a run of letters, digits, "_", "-" and "$".
// Numbers are no names.
func appendNames(names []string, text string) []string {
	isOther := func(c rune) bool {
		return !(c == '_' || c == '-' || c == '$' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z')
	}
	for _, s := range strings.FieldsFunc(text, isOther) {
		if s = noun.Fold(s); strings.Trim(s, "0123456789") != "" && len(names) < maxRefusalNames {
			names = append(names, s)
		}
	}
	return names
}

// learnRefusal adds the names that the response demands and the request lacks.
func (l *learner) learnRefusal(m *refusedFacts, f *flow.Flow) {
	m.seen++
	r := l.response.refusal
	if t := f.Response.Header.MediaType(); decode.IsText(t) && !decode.IsJSON(t) && len(l.response.data) <= maxRefusalText {
		r.add("", "", schema.String, l.response.data)
	}
	names := r.demanded
	if r.demands {
		names = append(names, r.located...)
	}
	if len(names) == 0 {
		return
	}
	sent, ok := l.sentNames(f)
	if !ok {
		return
	}
	added := map[string]bool{}
	for _, name := range names {
		if !sent[name] && !added[name] {
			added[name] = true
			m.demanded.Add(name)
		}
	}
}

// sentNames returns the folded names of all members and parameters of a request, false if they
// cannot be read.
func (l *learner) sentNames(f *flow.Flow) (sent map[string]bool, ok bool) {
	sent = map[string]bool{}
	data := l.request.data
	if f.Request.Body.Truncated || len(data) > maxRefusedBody || len(f.Request.RawQuery) > maxRefusedBody {
		return nil, false
	}
	addFields := func(text string) bool {
		fields, err := formFields(text)
		for _, x := range fields {
			for _, name := range appendNames(nil, x.Name) {
				sent[name] = true
			}
		}
		return err == nil
	}
	if !addFields(f.Request.RawQuery) {
		return nil, false
	}
	switch t := l.requestMessage.contentType; {
	case len(data) == 0:
		return sent, len(f.Request.Body.Data) == 0
	case decode.IsForm(decode.MediaType(t)):
		return sent, addFields(string(data))
	}
	d := jsontext.NewDecoder(bytes.NewReader(data), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	for {
		token, err := d.ReadToken()
		if err != nil {
			return sent, d.StackDepth() == 0 && len(bytes.TrimSpace(d.UnreadBuffer())) == 0
		}
		if kind, n := d.StackIndex(d.StackDepth()); kind == '{' && n%2 == 1 && token.Kind() == '"' {
			sent[noun.Fold(token.String())] = true
		}
	}
}

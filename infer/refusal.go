package infer

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/spectap/spectap/flow/decode"
	"github.com/spectap/spectap/infer/noun"
)

// This file reads which names an error response demands of the request that it refuses:
// `missing field "title"`, {"field": "title", "code": "missing"}.

// Bounds of one refusal's texts.
const (
	maxText  = 500 // bytes of one text
	maxNames = 100
)

// refusal collects the names in the texts of an error response that may be those of members that
// its request lacks. The zero value is empty.
type refusal struct {
	demanded []string // names in texts that demand something
	located  []string // names in fields that locate an error
	demands  bool     // some text demands something
	isChoice bool     // a validator reported that no schema of several matches the request
}

// demandWords are parts of texts that demand something of a request.
var demandWords = []string{
	"requir", "missing", "mandatory", "blank", "not provided", "not specified", "must be provided", "must be specified",
	"must be set", "must be present", "must provide", "must specify", "must include", "must contain", "must have",
	"please provide", "please specify", "undefined", "absent", "cannot be null", "can't be null", "must not be null",
	"cannot be empty", "can't be empty", "must not be empty",
}

// choiceWords are parts of texts that demand one of several members. Such a text demands no single
// member.
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

// Add reads a string of the error response. field is the name of the property that holds it, or
// the list with it, and owner that of the property that holds the object around it.
func (r *refusal) Add(field, owner string, text []byte) {
	if len(text) > maxText {
		return
	}
	s := string(text)
	r.isChoice = r.isChoice || strings.Contains(s, "anyOf") || strings.Contains(s, "oneOf")
	switch {
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
		return slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(text, p) })
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
		if s = noun.Fold(s); strings.Trim(s, "0123456789") != "" && len(names) < maxNames {
			names = append(names, s)
		}
	}
	return names
}

// Demanded returns the folded names that the refusal demands. See [noun.Fold].
//
// It demands nothing if JSON Schema's anyOf or oneOf refused the request: a validator then lists
// what each alternative lacks.
func (r *refusal) Demanded() []string {
	if r.isChoice {
		return nil
	}
	if !r.demands {
		return r.demanded
	}
	return append(r.demanded[:len(r.demanded):len(r.demanded)], r.located...)
}

// Bounds of a successful answer that refuses its request: bytes, and members.
const (
	maxRefusal        = 4 << 10
	maxRefusalMembers = 4
)

// isRefusal reports whether an answer says that its request failed, whatever its status is: it has
// errors or a member that denies success, and no result, as answers of GraphQL. A build that failed
// is a result. Errors of JSON-RPC may be about anything.
func isRefusal(data []byte) bool {
	has := func(text string) bool { return bytes.Contains(data, []byte(text)) }
	if len(data) > maxRefusal || decode.FirstByte(data) != '{' || !has(`"error`) && !(has("false") && (has(`"success"`) || has(`"ok"`))) {
		return false
	}
	var members map[string]any
	if json.Unmarshal(data, &members) != nil || members["jsonrpc"] != nil {
		return false
	}
	isFailed := members["success"] == false || members["ok"] == false
	for name, v := range members {
		list, _ := v.([]any)
		object, _ := v.(map[string]any)
		if text, _ := v.(string); name == "error" || name == "errors" {
			isFailed = isFailed || len(text)+len(list)+len(object) > 0
		} else if len(list)+len(object) > 0 && !strings.HasPrefix(name, "error") {
			return false
		}
	}
	return isFailed && len(members) <= maxRefusalMembers
}

package redact

import (
	"bytes"
	"slices"

	"github.com/spectap/spectap/flow/jsonscan"
	"github.com/spectap/spectap/flow/redact/dialog"
	"github.com/spectap/spectap/flow/redact/find"
	"github.com/spectap/spectap/flow/redact/lex"
	"github.com/spectap/spectap/flow/redact/names"
	"github.com/spectap/spectap/flow/redact/phrase"
)

// Some objects have secrets under names that say nothing elsewhere: private keys as JSON Web Keys
// (RFC 7518, section 6), manifests of Kubernetes of the kind Secret, and variables of GraphQL.

// kindDistance is the distance from a member, in bytes, within which the members are looked for
// that tell the kind of their object.
const kindDistance = 8 << 10

// isPrivate reports whether a member is private in a JSON Web Key.
func isPrivate(name string) bool {
	switch name {
	case "d", "p", "q", "dp", "dq", "qi", "k", "r", "t", "oth":
		return true
	}
	return false
}

// ofKind returns the sensitivity of the member that ends at i, which is that of its name unless the
// kind of its object says more.
func (w *jsonRedactor) ofKind(f *jsonFrame, name string, i int) names.Sensitivity {
	if w.isBound(f.name, name) {
		return names.Secret
	}
	if w.variables == nil && holdsBinds(name) {
		w.readLaterStatement(i)
	}
	switch len(name) {
	case 1, 2, 3:
		if name == "kty" {
			f.isKey = true
		} else if name == "p" && w.isBeside(i, `"u"`, `"user"`, `"username"`, `"login"`) && names.IsShortPassword(w.stringOfMember(i)) {
			return names.Secret
		} else if name == "key" && w.isBeside(i, `"ssid"`, `"SSID"`) && find.IsNetworkKey(w.stringOfMember(i)) {
			return names.Secret
		} else if name == "sk" && w.isBeside(i, `"ak"`) { // an access key and its secret
			return names.Secret
		} else if isPrivate(name) && (f.isKey || w.hasLater(i, "kty", "")) {
			return names.Secret
		} else if (name == "n" || name == "x" || name == "y") && (f.isKey || w.hasLater(i, "kty", "")) {
			return names.Identifier // of the public key
		}
	case len("data"), len("stringData"):
		if (name == "sign" || name == "SIGN") && w.isBeside(i, `"apiKey"`, `"api_key"`, `"KEY"`, `"accessKey"`) {
			return names.Weak
		}
		if name == "seed" && dialog.IsSeed(w.stringOfMember(i)) {
			return names.Secret
		}
		if (name == "AccountKey" || name == "accountKey") && w.isBeside(i, "AccountName", "accountName") {
			return names.Secret
		}
		if name == "data" && string(f.name) == "data" && w.isVersionOfSecret(i) {
			return names.Secret
		}
		if (name == "data" || name == "stringData") && (f.isManifest || w.isInSecretList() || w.hasLater(i, "kind", "Secret")) {
			return names.Secret
		}
	case len("clave"): // a password, or the code of a product
		if name == "clave" && (w.isBeside(i, `"usuario"`, `"user"`, `"username"`, `"login"`, `"correo"`, `"rut"`) ||
			names.IsClave(w.stringOfMember(i), w.isBeside(i, `"nombre"`)) && !w.isBeside(i, `"valor`, `"value`, `"descrip`, `"tipo`, `"catalogo`, `"categor`)) {
			return names.Secret
		}
	case len("community"):
		if name == "community" && w.isBeside(i, "snmp", "SNMP", `"2c"`, `"v2c"`) {
			return names.Secret
		}
	}
	if names.HoldsAnswer(name) && w.asksForSecret(f, i) {
		return names.Below
	}
	if w.sensitivity == names.Plain && (w.isOfLogin(f, name, i) || name == "resume" && w.isParamOfLogin()) {
		return names.Weak
	}
	return w.sensitivity
}

// isOfLogin reports whether the member that ends at i is what a message sends to log in:
// {"op": "auth", "args": ["…", 1767225600, "…"]}. The members of an object have names of their own.
func (w *jsonRedactor) isOfLogin(f *jsonFrame, name string, i int) bool {
	switch name {
	case "args", "arguments", "params", "data", "payload", "body", "content", "d":
	default:
		return false
	}
	after := bytes.TrimLeft(w.in[i:min(len(w.in), i+names.MaxLen)], ": \t\r\n")
	if len(after) == 0 || after[0] != '"' && after[0] != '[' {
		return false
	}
	if f.logsIn {
		return true
	}
	for later, from := range w.laterMembers(i, maxNameDistance) {
		if namesAction(later) && phrase.LogsIn(w.stringAt(from)) {
			return true
		}
	}
	return false
}

// isParamOfLogin reports whether the object is a parameter of a call that logs in, as clients of
// Meteor resume a session: {"method": "login", "params": [{"resume": "…"}]}.
func (w *jsonRedactor) isParamOfLogin() bool {
	n := len(w.stack)
	return n > 2 && w.stack[n-3].logsIn
}

// namesAction reports whether a member says what a message does.
func namesAction(name []byte) bool {
	switch string(name) {
	case "op", "t", "action", "type", "event", "cmd", "command", "method", "msg", "req", "request", "target":
		return true
	}
	return false
}

// asksForSecret reports whether the object of the member that ends at i has a question that proves
// who a person is.
func (w *jsonRedactor) asksForSecret(f *jsonFrame, i int) bool {
	owner := f.name
	if n := len(w.stack); len(owner) == 0 && n > 1 {
		owner = w.stack[n-2].name
	}
	return names.AsksForSecret(stringOf(owner)) ||
		w.isBeside(i, `"security_question"`, `"securityQuestion"`, `"secret_question"`, `"secretQuestion"`, `"challenge_question"`, `"challengeQuestion"`)
}

// stringOfMember returns the string that is the value of the member whose name ends before i, ""
// if it is another value.
func (w *jsonRedactor) stringOfMember(i int) string {
	for i < len(w.in) && (w.in[i] == ':' || lex.IsBlank(w.in[i])) {
		i++
	}
	return w.stringAt(i)
}

// isBeside reports whether the object has one of the words near i.
func (w *jsonRedactor) isBeside(i int, words ...string) bool {
	const distance = 256
	before, after := w.in[max(0, i-distance):i], w.in[i:min(len(w.in), i+distance)]
	before = before[bytes.LastIndexAny(before, "{}")+1:]
	if n := bytes.IndexAny(after, "{}"); n >= 0 {
		after = after[:n]
	}
	return slices.ContainsFunc(words, func(word string) bool {
		return bytes.Contains(before, []byte(word)) || bytes.Contains(after, []byte(word))
	})
}

// isVersionOfSecret reports whether the object around i has a version of a secret of a vault, as
// its engine for keys and values returns it: {"lease_id": "", "data": {"data": {…}, "metadata":
// {"destroyed": false}}}.
func (w *jsonRedactor) isVersionOfSecret(i int) bool {
	near := w.in[max(0, i-kindDistance):min(len(w.in), i+kindDistance)]
	return bytes.Contains(near, []byte(`"destroyed"`)) && bytes.Contains(near, []byte(`"lease_id"`))
}

// isInSecretList reports whether the object is an item of a list of manifests of the kind Secret,
// as the API of Kubernetes returns it.
func (w *jsonRedactor) isInSecretList() bool {
	n := len(w.stack)
	return n > 2 && w.stack[n-3].listsManifests
}

// hasLater reports whether the object has a member after i of a name, with the value if it is not
// "".
func (w *jsonRedactor) hasLater(i int, name, value string) bool {
	for later, from := range w.laterMembers(i, kindDistance) {
		if string(later) == name {
			return value == "" || w.stringAt(from) == value
		}
	}
	return false
}

// laterString returns the string that the object has in a member of a name after i, "" if there is
// none.
func (w *jsonRedactor) laterString(i int, name string) string {
	for later, from := range w.laterMembers(i, kindDistance) {
		if string(later) == name {
			return w.stringAt(from)
		}
	}
	return ""
}

// stringAt returns the string at i, "" if there is none.
func (w *jsonRedactor) stringAt(i int) string {
	if i < len(w.in) && w.in[i] == '"' {
		if end, _ := jsonscan.StringEnd(w.in, i); end > 0 {
			return unquote(w.in[i:end])
		}
	}
	return ""
}

// recordKind records what the value of the member that was read last says of its object.
func (w *jsonRedactor) recordKind(f *jsonFrame, value string) {
	if names.ChangesSecret(stringOf(w.name), value) {
		f.isChange, f.valueSensitivity = true, names.Secret
	}
	f.logsIn = f.logsIn || namesAction(w.name) && phrase.LogsIn(value)
	switch len(w.name) {
	case len("kind"):
		f.isManifest = f.isManifest || value == "Secret" && string(w.name) == "kind"
		f.listsManifests = f.listsManifests || value == "SecretList" && string(w.name) == "kind"
	case len("method"):
		if string(w.name) == "method" || string(w.name) == "target" {
			f.passwordParam, f.call = max(f.passwordParam, phrase.PasswordParam(value)), callOf(value)
		}
	}
	if isStatement(stringOf(w.name)) {
		w.readVariables(value)
	}
}

// opensObject reports whether the value of the member that was read last is an object.
func (w *jsonRedactor) opensObject() bool {
	_, rest, ok := bytes.Cut(w.in[w.nameAt:min(len(w.in), w.nameAt+names.MaxLen)], []byte(`":`))
	return ok && bytes.HasPrefix(bytes.TrimLeft(rest, " \t\r\n"), []byte("{"))
}

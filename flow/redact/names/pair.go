package names

import "strings"

// A member of an object may name the value of another: {"name": "password", "value": …}, and in
// YAML "- name: password" and "value: …" below it.

// PairRole is what a member is to such a pair.
type PairRole uint8

const (
	NoRole PairRole = iota
	NamesRole
	TypesRole // it holds the type or id of the value, which is a name for some secrets
	PathRole  // it holds the path to the value, which ends with its name
	ValueRole
	ChangeRole // it holds a value in an error, a form or the record of a change
	TextRole   // it holds the value, or the text that people see in its place
)

// PairRoleOf returns the role of a member's name.
func PairRoleOf(name string) PairRole {
	if len(name) == 0 || len(name) > 24 {
		return NoRole
	}
	switch name {
	case "name", "key", "field", "header", "parameter", "variable", "label", "param", "setting", "option", "attribute", "attr",
		"property", "prop", "column", "question", "prompt", "title", "subject", "caption", "k", "n", "placeholder", "env", "env_var", "envVar", "selector", "target", "locator", "element", "item", "ref", "term", "var", "q", "Name", "Key", "Field", "Header", "Label", "Parameter", "Property",
		"NAME", "KEY", "@name", "@key", "_key", "_name":
		return NamesRole
	case "type", "kind", "Type", "Kind", "format", "id", "purpose", "designation", "identifier", "slug", "code", "tag", "control", "col", "opt",
		"hint", "first", "left", "lhs", "0":
		return TypesRole
	case "path", "pointer", "instancePath", "dataPath", "loc":
		return PathRole
	case "old", "new", "from", "to", "before", "after", "previous", "answer", "input", "rejectedValue", "rejected_value", "received",
		"default", "defaultValue", "default_value", "initialValue", "initial_value", "example",
		"raw", "plain", "plaintext", "cleartext", "literal", "entry", "argument", "arg", "cell", "reply",
		"second", "right", "rhs", "1":
		return ChangeRole
	case "text", "content", "contents", "data", "body", "string", "str", "result", "response", "subtitle", "definition", "a", "detail":
		return TextRole
	}
	if HoldsValue(name) {
		return ValueRole
	}
	return joinedRole(name)
}

// joinedRole returns the role of a name of several words by the last: parameterKey and
// parameterValue, input_name and input_value, param-name and param-value.
func joinedRole(name string) PairRole {
	if n := len(name); n < 6 || name[n-1] != 'e' && name[n-1] != 'y' && name[n-1] != 'd' && name[n-1] != 'h' && name[n-1] != 'l' {
		return NoRole
	}
	switch {
	case name == "propertyPath", name == "property_path", name == "fieldPath", name == "field_path":
		return PathRole
	case endsInWord(name, "Id", "_id", "-id"):
		return TypesRole
	case endsInWord(name, "Name", "_name", "-name"), endsInWord(name, "Key", "_key", "-key"),
		strings.HasSuffix(name, "Label"), strings.HasSuffix(name, "_label"): // aria-label is what people hear
		return NamesRole
	case endsInWord(name, "Value", "_value", "-value"):
		if isBound(name) {
			return NoRole
		}
		return ValueRole
	}
	return NoRole
}

// endsInWord reports whether a name ends in one of three forms of a word.
func endsInWord(name, capital, low, hyphened string) bool {
	return strings.HasSuffix(name, capital) || strings.HasSuffix(name, low) || strings.HasSuffix(name, hyphened)
}

// isBound reports whether the name of a value is that of a minimum, maximum or default.
func isBound(name string) bool {
	low := strings.ToLower(name[:3])
	return low[0] == 'd' || low == "min" || low == "max"
}

// HoldsName reports whether a member of this name holds the name or type of a value.
func HoldsName(name string) bool {
	role := PairRoleOf(name)
	return role == NamesRole || role == TypesRole || role == PathRole
}

// HoldsValue reports whether a member of this name holds the value that another member names.
func HoldsValue(name string) bool {
	switch name {
	case "value", "val", "Value", "VALUE", "newValue", "new_value", "oldValue", "old_value", "stringValue", "string_value", "v",
		"values", "vals", "valueString", "_value", "#text", "@value":
		return true
	}
	return false
}

// ChangesSecret reports whether a member says that its object tells how a secret changed that
// people choose: {"action": "change_password", "old": …, "new": …}.
func ChangesSecret(member, value string) bool {
	if len(value) < len("passwd") || len(value) > 40 || strings.IndexByte(value, ' ') >= 0 {
		return false
	}
	switch member {
	case "action", "method", "event", "operation", "type", "command", "kind", "op", "cmd":
	default:
		return false
	}
	low := strings.ToLower(value)
	if low == "passwd" || low == "chpasswd" { // commands
		return true
	}
	for _, verb := range [...]string{"change", "reset", "update", "set", "renew"} {
		before, after, ok := strings.Cut(low, verb)
		if !ok {
			continue
		}
		if IsChosen(strings.Trim(before, "_-. :")) || IsChosen(strings.TrimPrefix(strings.Trim(after, "_-. :"), "d_")) {
			return true
		}
	}
	return false
}

// NamesAccount reports whether a member of this name has the name of an account in most APIs, with
// that of its provider before it: {"login": "acme:ann"}.
func NamesAccount(member string) bool {
	last := LastWord(member)
	return last == "login" || last == "ident"
}

// CarriesChange reports whether the object of a member of this name has the old and the new value
// of what the object around it names.
func CarriesChange(member string) bool {
	switch member {
	case "changes", "change", "property", "diff", "delta", "values", "params", "data", "payload", "args", "arguments", "details", "input", "schema":
		return true
	}
	return false
}

// MarksSecret reports whether a member of this name says, if it is true, that the value beside it
// is a secret: {"sensitive": true, "value": …}.
func MarksSecret(name string) bool {
	switch name {
	case "sensitive", "isSensitive", "is_sensitive", "IsSensitive", "Sensitive", "secret", "isSecret", "is_secret", "IsSecret", "masked", "isMasked",
		"hidden_value":
		return true
	}
	return false
}

// OfRole returns the sensitivity that the value of a pair has in a member of this role, if the
// pair's name gives it the sensitivity s.
func OfRole(role PairRole, s Sensitivity) Sensitivity {
	switch {
	case role == ValueRole:
		return s
	case s != Secret:
		return Plain
	case role == ChangeRole:
		return Below // it may be a date
	case role == TextRole:
		return Shown
	}
	return Plain
}

// OfPair returns the sensitivity that a member gives the value of a pair: Secret, Personal
// or Plain. A type names only the secrets that people choose: a token of a parser has a type, too.
func OfPair(member, name string) Sensitivity {
	switch PairRoleOf(member) {
	case TypesRole:
		if strings.EqualFold(name, "SecureString") || strings.EqualFold(name, "concealed") || strings.EqualFold(name, "secret_text") {
			return Secret
		}
		if _, inVault, ok := strings.Cut(name, "/secrets/"); ok && inVault != "" && strings.HasPrefix(name, "https://") {
			return Secret
		}
		if !IsChosen(name) {
			return Plain
		}
	case PathRole:
		name = name[strings.LastIndexByte(name, '/')+1:]
	case NamesRole:
		if len(name) > MinQuestion && strings.IndexByte(name, ' ') >= 0 {
			return ofQuestion(member, name)
		}
	}
	return SecretOrPersonal(name)
}

// IsChosen reports whether a name is that of a secret that people choose.
func IsChosen(name string) bool {
	last := LastWord(name)
	return chosenSecretWords[last] || chosenSecretWords[strings.TrimSuffix(last, "s")]
}

// SecretOrPersonal returns the sensitivity of a name if it is Secret or Personal, else Plain.
func SecretOrPersonal(name string) Sensitivity {
	if s := SensitivityOf(name); s == Secret || s == Personal {
		return s
	}
	return Plain
}

// MayBeNamed reports whether what stands around a member of JSON may say that it holds a secret
// though its name is harmless: another member, the kind of its object, or the path of the request.
// owner is the name of the member that holds the object.
func MayBeNamed(name, owner string) bool {
	switch owner {
	case "data", "stringData", "variables", "params":
		return true
	}
	switch name {
	case "enum", "community", "clave", "AccountKey", "accountKey", "code", "key", "number", "answer", "phrase", "pattern", "seed",
		"Code", "Key", "Number", "Answer":
		return true
	}
	return len(name) <= 2 && name != "id" || PairRoleOf(name) >= ValueRole || IsDescriptiveSuffix(name)
}

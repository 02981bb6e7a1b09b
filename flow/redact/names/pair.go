package names

import "strings"

// A member of an object may name the value of another: {"name": "password", "value": …}, and in
// YAML "- name: password" and "value: …" below it.

// PairRole is what a member is to such a pair.
type PairRole uint8

const (
	NoRole PairRole = iota
	NamesRole
	TypesRole // it holds the type of the value, which is a name for some secrets
	ValueRole
)

// PairRoleOf returns the role of a member's name.
func PairRoleOf(name string) PairRole {
	if len(name) < 3 || len(name) > 12 {
		return NoRole
	}
	switch name {
	case "name", "key", "field", "header", "parameter", "variable", "label", "param", "setting", "option", "attribute",
		"property", "Name", "Key", "Field", "Header", "Label", "Parameter", "Property", "NAME", "KEY":
		return NamesRole
	case "type", "kind", "Type", "Kind", "format":
		return TypesRole
	case "value", "val", "Value", "VALUE", "newValue", "new_value", "oldValue", "old_value", "stringValue", "string_value":
		return ValueRole
	}
	return NoRole
}

// HoldsName reports whether a member of this name holds the name or type of a value.
func HoldsName(name string) bool {
	role := PairRoleOf(name)
	return role == NamesRole || role == TypesRole
}

// HoldsValue reports whether a member of this name holds the value that another member names.
func HoldsValue(name string) bool { return PairRoleOf(name) == ValueRole }

// OfPair returns the sensitivity that a member gives the value of a pair: Secret, Personal
// or Plain. A type names only the secrets that people choose: a token of a parser has a type, too.
func OfPair(member, name string) Sensitivity {
	if PairRoleOf(member) == TypesRole && !IsChosen(name) {
		return Plain
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

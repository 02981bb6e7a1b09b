package judge

import "github.com/spectap/spectap/flow/redact/rules"

// MayHide reports whether what stands around a member of JSON may say that its text is a secret
// though its name is harmless. owner is the name of the member that holds the object. It is quick.
func MayHide(name, owner string) bool {
	if len(name) <= 2 && name != "id" || forcedOwners[owner] || forcedNames[name] {
		return true
	}
	return rules.Of(name).Role >= rules.ValueRole
}

var forcedOwners, forcedNames = rules.Set("forced-owners"), rules.Set("forced-names")

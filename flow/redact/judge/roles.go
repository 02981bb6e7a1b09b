package judge

import "github.com/spectap/spectap/flow/redact/rules"

// MayHide reports whether the text of a JSON member with a harmless name may be a secret because of
// its context. owner is the name of the member that holds the object. It is quick.
func MayHide(name, owner string) bool {
	if len(name) <= 2 && name != "id" || forcedOwners[owner] || forcedNames[name] {
		return true
	}
	return rules.Of(name).Role >= rules.ValueRole
}

var forcedOwners, forcedNames = rules.Set("forced-owners"), rules.Set("forced-names")

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

// What the rules of objects hide, beside members with a role.
var (
	forcedOwners = wordSet(`data stringData variables params args arguments payload property schema changes change details input metadata attributes`)
	forcedNames  = wordSet(`code Code codes state State clave answer Answer current confirm confirmation resume data payload content secret_value
		rows values cells row record key number phrase pattern seed enum community secret_id`)
)

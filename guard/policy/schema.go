package policy

import _ "embed"

//go:embed schema.json
var schema []byte

// Schema returns the JSON Schema (2020-12) of policies, for editors. [Load] checks more.
func Schema() []byte { return append([]byte(nil), schema...) }

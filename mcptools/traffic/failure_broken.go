package traffic

import (
	"encoding/json"
	"strings"
)

// ofBroken returns the message in JSON that breaks off or is malformed, as far as it can be read.
func ofBroken(text string) string {
	for _, end := range []string{"", `"`} { // it may break off within a string
		d := json.NewDecoder(strings.NewReader(text + end))
		d.UseNumber()
		v, _ := readPart(d, 0)
		if message := ofValue(v, 0); message != "" {
			return message
		}
	}
	return ""
}

// maxNested limits the depth of values that are read.
const maxNested = 32

// readPart reads the next value, or what there is of it. whole is false if it breaks off.
func readPart(d *json.Decoder, depth int) (v any, whole bool) {
	t, err := d.Token()
	if err != nil || depth > maxNested {
		return nil, false
	}
	switch t {
	case json.Delim('{'):
		o := map[string]any{}
		for {
			key, err := d.Token()
			name, ok := key.(string)
			if err != nil || !ok {
				return o, err == nil
			}
			member, whole := readPart(d, depth+1)
			if o[name] = member; !whole {
				return o, false
			}
		}
	case json.Delim('['):
		var list []any
		for d.More() {
			element, whole := readPart(d, depth+1)
			if list = append(list, element); !whole {
				return list, false
			}
		}
		_, err := d.Token()
		return list, err == nil
	}
	return t, true
}

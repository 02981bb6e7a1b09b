package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// invalid returns why a body does not match a schema, or "" if it does. It is independent of the
// code under test.
func invalid(d Decision, s *Schema, body []byte) string {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return err.Error()
	}
	components := map[string]*Schema{}
	for _, c := range d.Components {
		components[c.Name] = c.Schema
	}
	return (&validator{components}).check(s, v, "")
}

type validator struct{ components map[string]*Schema }

func (c *validator) check(s *Schema, v any, at string) string {
	if s == nil || v == nil && s.Nullable {
		return ""
	}
	if s.Ref != "" {
		return c.check(c.components[s.Ref], v, at+"→"+s.Ref)
	}
	if s.Kind == 0 && s.AnyOf == nil && s.OneOf == nil {
		if v == nil {
			return at + ": null"
		}
		return ""
	}
	if why := c.alternatives(s.AnyOf, v, at, len(s.AnyOf)); why != "" {
		return why
	}
	if why := c.alternatives(s.OneOf, v, at, 1); why != "" {
		return why
	}
	if s.Discriminator != nil {
		if why := c.discriminate(s, v, at); why != "" {
			return why
		}
	}
	if s.Kind == 0 {
		return ""
	}
	return c.kinds(s, v, at)
}

func (c *validator) alternatives(alts []*Schema, v any, at string, most int) string {
	if alts == nil {
		return ""
	}
	var whys []string
	for _, a := range alts {
		if why := c.check(a, v, at); why != "" {
			whys = append(whys, why)
		}
	}
	if fit := len(alts) - len(whys); fit == 0 || fit > most {
		return fmt.Sprintf("%s: %d of %d alternatives fit: %s", at, fit, len(alts), strings.Join(whys, "; "))
	}
	return ""
}

func (c *validator) discriminate(s *Schema, v any, at string) string {
	m, ok := v.(map[string]any)
	if !ok {
		return ""
	}
	for _, x := range s.Discriminator.Mapping {
		if m[s.Discriminator.Property] == x.Value {
			return c.check(&Schema{Ref: x.Ref}, v, at)
		}
	}
	return at + ": no mapping for the discriminator"
}

func (c *validator) kinds(s *Schema, v any, at string) string {
	bad := func(kind string) string { return fmt.Sprintf("%s: %s not among %b", at, kind, s.Kind) }
	switch x := v.(type) {
	case nil:
		return bad("null")
	case bool:
		if s.Kind&Boolean == 0 {
			return bad("boolean")
		}
	case json.Number:
		integer := !strings.ContainsAny(x.String(), ".eE")
		if s.Kind&Number == 0 && (s.Kind&Integer == 0 || !integer) {
			return bad("number " + x.String())
		}
		if s.Format == "int32" {
			if n, err := strconv.ParseInt(x.String(), 10, 32); err != nil {
				return fmt.Sprint(at, ": not int32 ", n)
			}
		}
		if s.Format == "int64" {
			if n, err := strconv.ParseInt(x.String(), 10, 64); err != nil {
				return fmt.Sprint(at, ": not int64 ", n)
			}
		}
	case string:
		if s.Kind&String == 0 {
			return bad("string")
		}
		if s.Enum != nil && !slices.Contains(s.Enum, x) {
			return fmt.Sprintf("%s: %q not in enum %q", at, x, s.Enum)
		}
		if !ofFormat(s.Format, x) {
			return fmt.Sprintf("%s: %q is no %s", at, x, s.Format)
		}
	case []any:
		if s.Kind&Array == 0 {
			return bad("array")
		}
		for i, e := range x {
			if i < len(s.Prefix) {
				if why := c.check(s.Prefix[i], e, at+"/"+strconv.Itoa(i)); why != "" {
					return why
				}
			} else if why := c.check(s.Items, e, at+"/"+strconv.Itoa(i)); why != "" {
				return why
			}
		}
	case map[string]any:
		if s.Kind&Object == 0 {
			return bad("object")
		}
		return c.object(s, x, at)
	}
	return ""
}

func (c *validator) object(s *Schema, m map[string]any, at string) string {
	known := map[string]*Schema{}
	for _, p := range s.Properties {
		known[p.Name] = p.Schema
		if _, ok := m[p.Name]; !ok && p.Required {
			return at + ": lacks " + p.Name
		}
	}
	for k, v := range m {
		p, ok := known[k]
		if !ok {
			p = s.Additional
		}
		if why := c.check(p, v, at+"/"+k); why != "" {
			return why
		}
	}
	return ""
}

var (
	uuidText  = regexp.MustCompile(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`)
	emailText = regexp.MustCompile(`^[^@\s]+@[^@\s]+$`)
)

func ofFormat(format, s string) bool {
	var err error
	switch format {
	case "date-time":
		if _, err = time.Parse(time.RFC3339, s); err != nil {
			_, err = time.Parse("2006-01-02T15:04:05", s)
		}
	case "date":
		_, err = time.Parse("2006-01-02", s)
	case "uri":
		var u *url.URL
		if u, err = url.Parse(s); err == nil && u.Scheme == "" {
			return false
		}
	case "uuid":
		return uuidText.MatchString(s)
	case "email":
		return emailText.MatchString(s)
	case "ipv4", "ipv6":
		var a netip.Addr
		a, err = netip.ParseAddr(s)
		return err == nil && a.Is4() == (format == "ipv4")
	}
	return err == nil
}

// describe writes facts for people.
func describe(f *Facts) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d exchanges\n", f.exchanges)
	describeNode(&b, &f.root, "")
	return b.String()
}

func describeNode(b *strings.Builder, n *valueFacts, in string) {
	n.settle()
	fmt.Fprintf(b, "%sexch %d kinds %v", in, n.exchanges, n.kinds)
	if n.strings != nil {
		fmt.Fprintf(b, " str %+v", *n.strings)
	}
	if n.numbers.isSeen() {
		fmt.Fprintf(b, " num %+v", n.numbers)
	}
	if n.array != nil {
		fmt.Fprintf(b, " arr %d %d %d %v", n.array.empty, n.array.minLen, n.array.maxLen, n.array.prefixKinds)
	}
	b.WriteByte('\n')
	if n.array != nil && n.array.items != nil {
		describeNode(b, n.array.items, in+"  []")
	}
	for _, r := range n.objects() {
		r.settle()
		fmt.Fprintf(b, "%s {%s} objects %d exch %d wide %v", in, r.tagString(), r.objects, r.exchanges, r.isCollapsed)
		if r.keySets != nil {
			fmt.Fprintf(b, " sets %v", *r.keySets)
		}
		b.WriteByte('\n')
		for _, p := range r.sortedProperties() {
			fmt.Fprintf(b, "%s  .%s present %d always %d\n", in, p.name.text, p.present, p.exchanges)
			describeNode(b, &p.values, in+"    ")
		}
		if r.pool != nil {
			fmt.Fprintf(b, "%s pooled %v\n", in, r.pool.names)
			describeNode(b, &r.pool.values, in+"  *")
		}
	}
}

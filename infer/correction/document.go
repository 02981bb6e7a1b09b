package correction

// API says what the document of an API says about itself.
type API struct {
	Host               string // its authority, "" for all
	Title, Description string // "" leaves it
}

// Operation says what the document says about an operation.
type Operation struct {
	Host   string // see [Segment]
	Method string
	// Path is a template, with or without the prefix of the servers. "*" and "{anything}" match a
	// parameter.
	Path string
	// Name is the operationId. Texts that are "" are left as they are.
	Name, Summary, Description string
}

// Value corrects a parameter, a body, or a value in it.
type Value struct {
	Host string // see [Segment]
	At   Place
	// Required and Nullable are nil to leave them.
	Required, Nullable *bool
	// Type is one of [Types]; "" leaves it.
	Type string
	// Format is a format, [NoFormat] for none, "" to leave it.
	Format string
	// Enum are the only values, nil to leave them.
	Enum []string
	// Open says that there are other values than those that were seen.
	Open        bool
	Description string // "" leaves it
	// Component gives the value a component of its own with this name: a copy of the one that it
	// refers to. "" leaves it.
	Component string
}

// Component corrects a named schema.
type Component struct {
	Host string // see [Segment]
	// Of is its name as inferred.
	Of string
	// Name is its name in the document; "" leaves it.
	Name string
	// Merge are the names, as inferred, of components that become one with this.
	Merge       []string
	Description string // "" leaves it
}

// Types are the types that a person can give a value.
var Types = []string{"string", "integer", "number", "boolean", "array", "object", "any"}

// NoFormat is the format of a value without a format.
const NoFormat = "none"

// Key names the correction in messages.
func (a *API) Key() string { return keyed("api", a.Host) }

// Key names the correction in messages.
func (o *Operation) Key() string { return keyed("operation "+o.Method+" "+o.Path, o.Host) }

// Key names the correction in messages.
func (v *Value) Key() string { return keyed("value "+v.At.String(), v.Host) }

// Key names the correction in messages.
func (c *Component) Key() string { return keyed("component "+c.Of, c.Host) }

package openapi

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"
)

// plain is doc as JSON data, numbers to the letter.
//
// Kin-openapi's values say what they are one level at a time (MarshalYAML). Encoding them as JSON would copy each
// value once for each level above it.
func plain(doc *openapi3.T) (any, error) { return plainValue(doc) }

// yamlMarshaler is how kin-openapi's types give themselves as maps.
type yamlMarshaler interface{ MarshalYAML() (any, error) }

func plainValue(v any) (any, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case string, bool, json.Number:
		return v, nil
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			x, err := plainValue(e)
			if err != nil {
				return nil, err
			}
			out[k] = x
		}
		return out, nil
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			x, err := plainValue(e)
			if err != nil {
				return nil, err
			}
			out[i] = x
		}
		return out, nil
	case []string:
		out := make([]any, len(v))
		for i, s := range v {
			out[i] = s
		}
		return out, nil
	case float64:
		if v == float64(int64(v)) && v < 1<<53 && v > -1<<53 {
			return json.Number(strconv.FormatInt(int64(v), 10)), nil
		}
	case uint64:
		return json.Number(strconv.FormatUint(v, 10)), nil
	}
	return plainReflect(v)
}

func plainReflect(v any) (any, error) {
	r := reflect.ValueOf(v)
	if r.Kind() == reflect.Pointer && r.IsNil() {
		return nil, nil
	}
	if m, ok := v.(yamlMarshaler); ok {
		x, err := m.MarshalYAML()
		if err != nil {
			return nil, err
		}
		if reflect.TypeOf(x) != r.Type() {
			return plainValue(x)
		}
		return viaJSON(v)
	}
	switch r.Kind() {
	case reflect.Pointer:
		return plainValue(r.Elem().Interface())
	case reflect.Map:
		if r.Type().Key().Kind() != reflect.String || isJSONMarshaler(v) {
			return viaJSON(v)
		}
		if r.IsNil() {
			return nil, nil
		}
		out := make(map[string]any, r.Len())
		for it := r.MapRange(); it.Next(); {
			x, err := plainValue(it.Value().Interface())
			if err != nil {
				return nil, err
			}
			out[it.Key().String()] = x
		}
		return out, nil
	case reflect.Slice:
		if isJSONMarshaler(v) || r.Type().Elem().Kind() == reflect.Uint8 {
			return viaJSON(v)
		}
		if r.IsNil() {
			return nil, nil
		}
		out := make([]any, r.Len())
		for i := range out {
			x, err := plainValue(r.Index(i).Interface())
			if err != nil {
				return nil, err
			}
			out[i] = x
		}
		return out, nil
	}
	return viaJSON(v)
}

func isJSONMarshaler(v any) bool {
	_, ok := v.(json.Marshaler)
	return ok
}

// viaJSON reads back what a value encodes as.
func viaJSON(v any) (any, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var out any
	err = d.Decode(&out)
	return out, err
}

package schema

import (
	"encoding/json"
	"errors"
	"slices"
)

// Regions is Home, All or a list of region names.
type Regions struct {
	// All regions of the environment.
	All bool
	// Home region only.
	Home bool
	// Names of regions, where neither All nor Home is set.
	Names []string
}

const regionsForm = "Home, All or a list of regions"

var errRegions = errors.New(regionsForm + " is wanted")

// UnmarshalJSON reads "Home", "All" or a list of names.
func (r *Regions) UnmarshalJSON(data []byte) error {
	word := ""
	switch string(data) {
	case `"All"`, `"Home"`: // which nearly all are, and need no decoder
		word = string(data[1 : len(data)-1])
	default:
		if json.Unmarshal(data, &word) != nil {
			return r.list(data)
		}
	}
	*r = Regions{All: word == "All", Home: word == "Home"}
	if !r.All && !r.Home {
		return errRegions
	}
	return nil
}

func (r *Regions) list(data []byte) error {
	var names []*string // pointers tell a null from an empty name
	if json.Unmarshal(data, &names) != nil || len(names) == 0 || slices.Contains(names, nil) {
		return errRegions
	}
	*r = Regions{Names: make([]string, len(names))}
	for i, name := range names {
		r.Names[i] = *name
	}
	return nil
}

// MarshalJSON writes what UnmarshalJSON reads.
func (r Regions) MarshalJSON() ([]byte, error) {
	switch {
	case r.All:
		return []byte(`"All"`), nil
	case r.Home:
		return []byte(`"Home"`), nil
	default:
		return json.Marshal(r.Names)
	}
}

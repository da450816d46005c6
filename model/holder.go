package model

import (
	"slices"
	"strings"
)

// secretRef says where a secret is found when its tenant is linked again: a name would take more room, and there may be millions.
type secretRef struct {
	tenant      int32 // of Model.tenants, platformRef for the platform
	environment int32 // of Model.Environments
	nth         int32 // of Scope.Secrets
}

// platformRef comes before all tenants, as the platform is linked before them.
const platformRef = -1

// holder is who has a key in some stores.
type holder struct {
	secretRef
	stores int32 // of storeSets.sets
}

// holders are who has which key, in the order in which they were added, which is that of the tenants. The zero value is ready. Nearly
// every key has one holder only, and takes no list of its own.
type holders struct {
	byKey  map[string]int32 // of single; where there are several, the complement of that in lists
	single []holder
	lists  [][]holder
}

func (h *holders) of(key string) []holder {
	i, known := h.byKey[key]
	switch {
	case !known:
		return nil
	case i < 0:
		return h.lists[^i]
	}
	return h.single[i : i+1 : i+1]
}

func (h *holders) add(key string, who holder) {
	if h.byKey == nil {
		h.byKey = map[string]int32{}
	}
	switch i, known := h.byKey[key]; {
	case !known:
		h.byKey[strings.Clone(key)] = int32(len(h.single))
		h.single = append(h.single, who)
	case i < 0:
		h.lists[^i] = append(h.lists[^i], who)
	default:
		h.byKey[key] = ^int32(len(h.lists))
		h.lists = append(h.lists, []holder{h.single[i], who})
	}
}

// has reports whether a tenant is among the holders of a key.
func (h *holders) has(key string, tenant int32) bool {
	_, found := slices.BinarySearchFunc(h.of(key), tenant, byTenant)
	return found
}

func byTenant(h holder, tenant int32) int { return int(h.tenant) - int(tenant) }

// storeSets are sets of stores, each once: most secrets of a platform are pushed to the same ones.
type storeSets struct {
	ids   map[string]int32 // by the identity
	since []int32          // by id, the first tenant that uses the store
	until []int32          // by id, the last one
	known map[string]int32 // of sets
	sets  [][]int32
}

func newStoreSets() storeSets { return storeSets{ids: map[string]int32{}, known: map[string]int32{}} }

// id is the number of a store that a tenant uses. Tenants come in their order.
func (s *storeSets) id(identity string, tenant int32) int32 {
	id, known := s.ids[identity]
	if !known {
		id = int32(len(s.since))
		s.ids[identity] = id
		s.since = append(s.since, tenant)
		s.until = append(s.until, tenant)
	}
	s.until[id] = tenant
	return id
}

// set is the number of a set of stores.
func (s *storeSets) set(ids []int32) int32 {
	text := make([]byte, 0, 64)
	for _, id := range ids {
		text = append(text, byte(id), byte(id>>8), byte(id>>16), byte(id>>24))
	}
	set, known := s.known[string(text)]
	if !known {
		set = int32(len(s.sets))
		s.known[string(text)] = set
		s.sets = append(s.sets, slices.Clone(ids))
	}
	return set
}

// writer is who pushes a key to a store.
func (x *index) writer(store int32, key string) (secretRef, bool) {
	return x.holder(&x.written, store, key)
}

// holder is who has a key in a store: of several, the last.
func (x *index) holder(of *holders, store int32, key string) (secretRef, bool) {
	for _, h := range slices.Backward(x.among(of, store, key)) {
		if slices.Contains(x.stores.sets[h.stores], store) {
			return h.secretRef, true
		}
	}
	return secretRef{}, false
}

// among are the holders of a key among whom those in a store are. Who came before the first tenant that uses the store or after the last
// is not looked at: where each tenant has a store of its own, all of them may have a key of the same name.
func (x *index) among(of *holders, store int32, key string) []holder {
	list := of.of(key)
	from, _ := slices.BinarySearchFunc(list, x.stores.since[store], byTenant)
	to, _ := slices.BinarySearchFunc(list, x.stores.until[store]+1, byTenant)
	return list[from:to]
}

// writer is who pushes a key to the store that a region is for a scope.
func (m *Model) writer(r *Region, s *Scope, key string) (secretRef, bool) {
	store, known := m.index.stores.ids[m.storeIdentity(r, s)]
	if !known {
		return secretRef{}, false
	}
	return m.index.writer(store, key)
}

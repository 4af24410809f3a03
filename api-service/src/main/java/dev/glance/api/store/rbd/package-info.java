/**
 * Images as RBD images in a pool of a Ceph cluster, through the cluster's own client library. Start
 * at {@link dev.glance.api.store.rbd.RbdStore}; {@link dev.glance.api.store.rbd.Librbd} declares
 * what is called of librados and librbd, {@link dev.glance.api.store.rbd.RbdCluster} keeps a
 * cluster that hangs from holding up anybody.
 */
@NullMarked
package dev.glance.api.store.rbd;

import org.jspecify.annotations.NullMarked;

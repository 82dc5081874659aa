/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#pragma once
/*
 * How many entries each table has room for unless the configuration says otherwise. A flow takes
 * two entries; LEAT_MAP_EVENT's size is in bytes.
 */
#define LEAT_SIZE_FLOW 262144
#define LEAT_SIZE_FRAG 8192
#define LEAT_SIZE_EP 1024 /* also LEAT_MAP_IFEP and LEAT_MAP_EPSTAT */
#define LEAT_SIZE_IPCACHE 131072
#define LEAT_SIZE_CIDR 16384
#define LEAT_SIZE_POLICY 262144
#define LEAT_SIZE_SVC 65536
#define LEAT_SIZE_BACKEND 262144
#define LEAT_SIZE_NODE 4096
#define LEAT_SIZE_DEVICE 64
#define LEAT_SIZE_METRIC 64
#define LEAT_SIZE_DROP 8192
#define LEAT_SIZE_EVLIM 1
#define LEAT_SIZE_EVENT 262144
